// Full fine-tuning changes every number of the model. What it has learnt teaches a diff of a thousandth of them:
// by the labels alone, then by the labels and by what the fine-tuned model says of the same pairs of texts.
//   node distil.mjs [pairs to train on]
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '@diffprune/engine';
import { textTask } from '@diffprune/glue';
import { readTask } from '@diffprune/glue/node';
import { headOf, Predictor } from '@diffprune/inference';
import { readBase } from '@diffprune/inference/node';
import { inferenceTask, writeTask } from '@diffprune/samples';
import { sampleModelFolder } from '@diffprune/samples/node';
import { train } from '@diffprune/training';

const trainRows = Number(process.argv[2] ?? 6000);
const folder = await mkdtemp(join(tmpdir(), 'inference-'));
await writeTask(folder, 'inference', { seed: 1, trainRows });

const type = textTask(inferenceTask);
const base = await readBase(sampleModelFolder());
const engine = await createEngine('cpu');
async function load(split) {
  const { examples } = await readTask(folder, inferenceTask, split);
  return { features: type.encode(examples, base.tokenizer, 64), examples };
}
const { features } = await load('train');
const dev = await load('dev');

/** Trains to the end, and says how good the model became. */
async function learn(method, options, teacher) {
  const training = train({
    ...{ engine, config: base.config, task: type, method, options, teacher },
    base: new Map([...base.tensors].map(([name, { data }]) => [name, data])),
    train: features,
    dev: { dev },
  });
  let accuracy;
  let step = await training.next();
  for (; !step.done; step = await training.next()) {
    if (step.value.kind === 'evaluation') ({ accuracy } = step.value.splits.dev.scores);
  }
  console.log(`${method}${teacher ? ', taught' : ''}: accuracy ${accuracy.toFixed(3)}`);
  return step.value;
}

const full = await learn('full', { epochs: 6 });
const weights = Object.fromEntries(full.map(({ name, values }) => [name, values]));
const predictor = new Predictor(engine, base.config, headOf(type), weights, 32);
const teacher = await predictor.outputs(features); // { logits }, two numbers for each pair of texts
await predictor.dispose();

const sparse = { density: 0.001 };
await learn('structured-diff-pruning', sparse);
await learn('structured-diff-pruning', { ...sparse, distillation: 0.9, temperature: 2 }, teacher);
