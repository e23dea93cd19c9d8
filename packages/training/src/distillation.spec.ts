import { jest } from '@jest/globals';
import {
  baseParameters,
  headParameters,
  initializeParameters,
  trainFunction,
  type Head,
} from '@diffprune/bert';
import { assembleBatch, chooseBuckets, planBatches, type RowOutputs } from '@diffprune/glue';
import { batchTensors } from '@diffprune/inference';
import { random } from '@diffprune/testing/random';
import * as tf from '@tensorflow/tfjs';
import { bytes, complete } from './complete-run.fixture.ts';
import { distilledObjective, TeacherError } from './distillation.ts';
import { methodNames } from './methods/registry.ts';
import { headObjective, labelledObjective, type LabelledObjective } from './objective.ts';
import { linearSchedule } from './schedule.ts';
import { TaskBatches } from './task-batches.ts';
import { config as tinyConfig, rows, tinyRun } from './tiny-run.fixture.ts';

const head: Head = { kind: 'classification', labels: 2 };
const { features } = rows(30);

/** What a teacher may have said of each row, of so many numbers. */
function answers(size = 30, width = 2): RowOutputs {
  const next = random(3);
  return {
    logits: Array.from({ length: size }, () => Float32Array.from({ length: width }, () => 6 * next() - 3)),
  };
}
const teacher = answers();

afterAll(() => jest.restoreAllMocks());

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {}); // TensorFlow.js advertises its native library
  await tf.setBackend('cpu');
});

describe('a run with a teacher', () => {
  const config = { ...tinyConfig, hiddenDropoutProb: 0, attentionProbsDropoutProb: 0, classifierDropout: 0 };
  const options = { maxSteps: 20, epochs: 5, learningRate: 3e-3, warmup: 0.2, seed: 11, batchSize: 8 };
  const [distillation, temperature] = [0.7, 3];

  /** Full fine-tuning op by op: the loss as the papers write it, TensorFlow.js's own gradients and Adam's algorithm. */
  function textbook(): { losses: number[]; weights: Map<string, tf.Tensor> } {
    const fresh = new Map([
      ...initializeParameters(baseParameters(config), config, 7),
      ...initializeParameters(headParameters(config, head), config, options.seed),
    ]);
    const specs = [...baseParameters(config), ...headParameters(config, head)];
    let values: tf.Tensor[] = specs.map(({ name, shape }) => tf.tensor(fresh.get(name)!, [...shape]));
    let [means, squares] = [values.map((x) => tf.zerosLike(x)), values.map((x) => tf.zerosLike(x))];
    const buckets = chooseBuckets(features, config.positions);
    const losses: number[] = [];
    for (let step = 0; step < options.maxSteps; step++) {
      const shuffle = { seed: options.seed, epoch: Math.floor(step / 4) };
      const plan = planBatches(features, { batchSize: 8, buckets, shuffle })[step % 4]!;
      const batch = assembleBatch(features, plan, 8);
      const inputs = Object.entries(batchTensors(batch)).map(([name, data]) => {
        return [name, tf.tensor2d(data, [8, batch.length], 'int32')] as const;
      });
      const wanted = tf.tensor2d(plan.rows.map((row) => Array.from(teacher['logits']![row]!)));
      const labels = tf.oneHot(
        tf.tensor1d([...batch.labels!['labels']!].slice(0, plan.rows.length), 'int32'),
        2,
      );
      const objective = (...tensors: tf.Tensor[]): tf.Scalar => {
        const of = Object.fromEntries(specs.map(({ name }, i) => [name, tensors[i]!]));
        const none = () => tf.scalar(0);
        const { logits } = trainFunction(config, head, none)({ ...of, ...Object.fromEntries(inputs) });
        const found = tf.slice(logits as tf.Tensor2D, 0, plan.rows.length);
        const p = tf.softmax(tf.div(wanted, temperature));
        const q = tf.softmax(tf.div(found, temperature));
        const divergence = tf.mean(tf.sum(tf.mul(p, tf.log(tf.div(p, q))), 1));
        const entropy = tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.log(tf.softmax(found))), 1)));
        return tf.add(tf.mul(divergence, distillation * temperature ** 2), tf.mul(entropy, 1 - distillation));
      };
      const { value, grads } = tf.valueAndGrads(objective)(values);
      losses.push(value.dataSync()[0]!);
      const norm = Math.sqrt(grads.reduce((sum, g) => sum + tf.sum(tf.square(g)).dataSync()[0]!, 0));
      const clipped = grads.map((g) => tf.mul(g, Math.min(1, 1 / norm)));
      means = means.map((m, i) => tf.add(tf.mul(m, 0.9), tf.mul(clipped[i]!, 0.1)));
      squares = squares.map((v, i) => tf.add(tf.mul(v, 0.999), tf.mul(tf.square(clipped[i]!), 0.001)));
      const rate = options.learningRate * linearSchedule(step, options.maxSteps, options.warmup);
      const [c1, c2] = [1 - 0.9 ** (step + 1), 1 - 0.999 ** (step + 1)];
      values = values.map((x, i) => {
        const move = tf.div(tf.div(means[i]!, c1), tf.add(tf.sqrt(tf.div(squares[i]!, c2)), 1e-8));
        return tf.sub(x, tf.mul(move, rate));
      });
    }
    return { losses, weights: new Map(specs.map(({ name }, i) => [name, values[i]!])) };
  }

  it('takes the same 20 steps as a textbook', async () => {
    const given = { ...options, distillation, temperature };
    const run = await tinyRun('full', given, config);
    const { events, diff } = await complete({ ...run, teacher, dev: {} });
    const losses = events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
    const expected = textbook();
    expect(losses).toHaveLength(20);
    expected.losses.forEach((loss, step) =>
      expect([step, losses[step]]).toEqual([step, expect.closeTo(loss, 4)]),
    );
    for (const { name, values } of diff) {
      // a softmax does not change with its keys' bias: that gradient is 0 but for rounding, which Adam magnifies
      if (name.includes('.self.key.bias')) continue;
      const wanted = expected.weights.get(name)!.dataSync();
      const mean = values.reduce((sum, x, i) => sum + Math.abs(x - wanted[i]!), 0) / values.length;
      expect([name, mean]).toEqual([name, expect.closeTo(0, 5)]);
    }
  }, 180_000);

  it('has a weight of 0.9 and a temperature of 2 where nothing is said', async () => {
    const usual = await complete({ ...(await tinyRun('full', { maxSteps: 2 })), teacher });
    const said = await tinyRun('full', { maxSteps: 2, distillation: 0.9, temperature: 2 });
    expect(bytes((await complete({ ...said, teacher })).diff)).toEqual(bytes(usual.diff));
    const other = await tinyRun('full', { maxSteps: 2, distillation: 0.9, temperature: 4 });
    expect(bytes((await complete({ ...other, teacher })).diff)).not.toEqual(bytes(usual.diff));
  });

  it.each(['distillation', 'temperature'])('refuses %s without a teacher', async (option) => {
    const run = complete(await tinyRun(methodNames[0]!, { [option]: 0.5 }));
    await expect(run).rejects.toThrow(`${option} has no meaning without a teacher: leave it out`);
  });

  it('refuses a teacher that does not fit before the first step', async () => {
    const refuse = async (teacher: RowOutputs, message: string): Promise<void> => {
      const run = complete({ ...(await tinyRun('full')), teacher });
      await expect(run).rejects.toThrow(TeacherError);
      await expect(complete({ ...(await tinyRun('full')), teacher })).rejects.toThrow(message);
    };
    await refuse(answers(29), 'teacher_logits: the teacher has answered 29 rows, expected 30');
    await refuse(answers(30, 3), 'teacher_logits: row 1 has 3 numbers, expected 2');
    const { logits } = teacher;
    const broken = logits!.map((row, i) => (i === 4 ? Float32Array.of(1, Infinity) : row));
    await refuse({ logits: broken }, 'teacher_logits: row 5 holds Infinity');
    const spans = { start_logits: logits!, end_logits: logits! };
    await refuse(
      spans,
      'the teacher gives teacher_start_logits, teacher_end_logits, expected teacher_logits',
    );
    await refuse({}, 'the teacher gives nothing, expected teacher_logits');
  });
});

describe('batches', () => {
  it('carry each row’s own teacher logits, and zeros for padding rows', () => {
    const own = labelledObjective(head, features.labels!);
    const objective = distilledObjective(own, { outputs: teacher, distillation: 0.9, temperature: 2 }, 30);
    const options = { batchSize: 8, seed: 1 };
    const batches = new TaskBatches(features, tinyConfig.positions, options, 0, objective);
    const seen = new Set<number>();
    for (let step = 0; step < batches.perEpoch; step++) {
      const { inputs, examples, length } = batches.at(step);
      const found = inputs['teacher_logits'] as Float32Array;
      const shape = batches.shape(length);
      expect(Object.keys(objective.inputs(shape)).filter((name) => !(name in inputs))).toEqual([]);
      expect(objective.inputs(shape)['teacher_logits']!.shape).toEqual([8, 2]);
      for (let i = 0; i < 8; i++) {
        const pair = found.subarray(2 * i, 2 * i + 2);
        if (i >= examples) expect([...pair]).toEqual([0, 0]);
        else {
          const row = teacher['logits']!.findIndex((logits) => logits.join() === pair.join());
          const tokens = features.tokens.subarray(features.offsets[row], features.offsets[row + 1]);
          const ids = (inputs['input_ids'] as Int32Array).subarray(i * length, i * length + tokens.length);
          expect([...ids]).toEqual([...tokens]);
          seen.add(row);
        }
      }
    }
    expect(seen.size).toBe(30);
  });

  it('fill up a span’s logits to the batch’s length, and cut them off there', () => {
    const span: LabelledObjective = { ...headObjective({ kind: 'span' }), constantLoss: 1 };
    const outputs = {
      start_logits: [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6, 7, 8)],
      end_logits: [Float32Array.of(-1, -2, -3), Float32Array.of(-4, -5, -6, -7, -8)],
    };
    const { rowInputs } = distilledObjective(span, { outputs, distillation: 0.5, temperature: 1 }, 2);
    const inputs = rowInputs!([1, 0], { batch: 3, length: 4 });
    expect([...inputs['teacher_start_logits']!]).toEqual([4, 5, 6, 7, 1, 2, 3, -1e4, 0, 0, 0, 0]);
    expect([...inputs['teacher_end_logits']!]).toEqual([-4, -5, -6, -7, -1, -2, -3, -1e4, 0, 0, 0, 0]);
  });
});
