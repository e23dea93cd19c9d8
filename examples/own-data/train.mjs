// Which desk does a message go to? Trains a diff of half a percent of the sample model on messages/*.jsonl,
// and writes messages.sdiff. Other data: change `task`. Another base: change `model`, to a Hugging Face
// folder or a model of the hub such as 'bert-base-uncased'.
import { createEngine } from '@diffprune/engine';
import { textTask } from '@diffprune/glue';
import { readTask } from '@diffprune/glue/node';
import { headOf } from '@diffprune/inference';
import { sampleModelFolder } from '@diffprune/samples/node';
import { createManifest } from '@diffprune/sparse-diff';
import { writeDiff } from '@diffprune/sparse-diff/node';
import { density, train } from '@diffprune/training';
import { readBase } from '@diffprune/inference/node';

const folder = new URL('messages', import.meta.url).pathname;
const model = sampleModelFolder();
const maxLength = 64;

const columns = { header: true, textA: 'text', label: 'label' };
const task = {
  name: 'messages',
  folder: 'messages',
  problemType: 'single_label_classification',
  labels: ['account', 'billing', 'technical'],
  metrics: ['accuracy'],
  splits: { train: { file: 'train.tsv', ...columns }, dev: { file: 'dev.tsv', ...columns } }, // or .jsonl, .csv, .parquet
};

const type = textTask(task);
const base = await readBase(model);
async function load(split) {
  const { examples } = await readTask(folder, task, split);
  return { features: type.encode(examples, base.tokenizer, maxLength), examples };
}

const training = train({
  engine: await createEngine('cpu'),
  config: base.config,
  task: type,
  method: 'structured-diff-pruning',
  options: { epochs: 2, fixedMaskEpochs: 2 },
  base: new Map([...base.tensors].map(([name, { data }]) => [name, data])),
  train: (await load('train')).features,
  dev: { dev: await load('dev') },
});

let scores;
let step = await training.next();
for (; !step.done; step = await training.next()) {
  if (step.value.kind !== 'evaluation') continue;
  const { stage, epoch, splits } = step.value;
  scores = splits.dev.scores;
  console.log(`${stage}, epoch ${epoch}: accuracy ${scores.accuracy.toFixed(3)}`);
}

const tensors = step.value;
const manifest = createManifest({
  base: { fingerprint: base.fingerprint, parameters: base.parameters },
  task: task.name,
  labels: task.labels,
  head: headOf(type).kind,
  texts: 1,
  method: 'structured-diff-pruning',
  density: density(base.config, tensors),
  tokenizer: base.tokenizerFingerprint,
  hyperparameters: { maxLength },
});
await writeDiff('messages.sdiff', { manifest, tensors });
console.log('written: messages.sdiff');
