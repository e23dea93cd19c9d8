import { jest } from '@jest/globals';
import { initializeParameters, baseParameters, predictFunction, type Tensors } from '@diffprune/bert';
import { OptionError, type Snapshot } from '@diffprune/training';
import * as tf from '@tensorflow/tfjs';
import { pretrain, type PretrainingEvent, type PretrainingRun } from './pretrain.ts';
import { config, textOf, tinyPretraining } from './pretraining-run.fixture.ts';
import { PretrainingBatches } from './pretraining-batches.ts';

afterAll(() => jest.restoreAllMocks());

async function complete(run: PretrainingRun, from?: Snapshot) {
  const events: PretrainingEvent[] = [];
  const snapshots: Snapshot[] = [];
  const training = pretrain(run, from);
  for (;;) {
    const next = await training.next();
    if (next.done) return { events, snapshots, result: next.value };
    events.push(next.value);
    if (next.value.kind !== 'step') continue;
    const { stage, step, arrays } = next.value.snapshot;
    const copies = [...arrays].map(([name, array]) => [name, array.slice()] as const);
    snapshots.push({ stage, step, arrays: new Map(copies) });
  }
}

const bytes = (tensors: Tensors) => {
  return [...tensors].map(([name, { buffer, byteOffset, byteLength }]) => {
    return [name, Buffer.from(buffer, byteOffset, byteLength).toString('base64')];
  });
};

it('gives equal bytes for equal runs, also when it goes on from any snapshot', async () => {
  const whole = await complete(await tinyPretraining());
  expect(whole.snapshots).toHaveLength(12);
  expect(bytes((await complete(await tinyPretraining())).result)).toEqual(bytes(whole.result));
  for (const snapshot of [0, 4, 7, 11].map((i) => whole.snapshots[i]!)) {
    const rest = await complete(await tinyPretraining(), snapshot);
    expect(bytes(rest.result)).toEqual(bytes(whole.result));
    expect(rest.events.at(-1)).toEqual(whole.events.at(-1));
  }
  const evaluated = whole.events.flatMap(({ kind, step }) => (kind === 'evaluation' ? [step] : []));
  expect(evaluated).toEqual([5, 10, 12]);
});

it('moves every parameter', async () => {
  const { result } = await complete(await tinyPretraining({ steps: 2 }));
  const before = initializeParameters(baseParameters(config), config, 7);
  for (const [name, values] of before) {
    expect([name, [...result.get(name)!].every((value, i) => value === values[i])]).toEqual([name, false]);
  }
  expect(result.has('cls.predictions.transform.dense.weight')).toBe(true);
  expect(result.has('cls.seq_relationship.weight')).toBe(true);
});

it('learns a language', async () => {
  const { events } = await complete(await tinyPretraining({ steps: 300, evaluationSteps: 300 }));
  const [first, last] = [events[0], events.at(-1)];
  expect(first?.loss).toBeGreaterThan(0.8 * Math.log(24));
  expect(last?.kind === 'evaluation' && last.accuracy).toBeGreaterThan(0.9);
  expect(last?.loss).toBeLessThan(0.5);
});

it('reports the loss and the accuracy that a plain count over the logits gives', async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {}); // TensorFlow.js advertises its native library
  await tf.setBackend('cpu');
  const run = await tinyPretraining({ steps: 3 });
  const { events, result } = await complete(run);
  let [loss, correct, total, told] = [0, 0, 0, 0];
  const parameters = Object.fromEntries(
    baseParameters(config)
      .map(({ name, shape }) => [name, tf.tensor(result.get(name)!, [...shape])] as const)
      .concat(headTensors(result)),
  );
  for (const { inputs, examples } of new PretrainingBatches(
    run.heldOut,
    run.vocabulary,
    run.options,
  ).inOrder()) {
    const matrix = (name: string, width: number) =>
      tf.tensor2d(inputs[name] as Int32Array, [8, width], 'int32');
    const batch = {
      input_ids: matrix('input_ids', 12),
      token_type_ids: matrix('token_type_ids', 12),
      attention_mask: matrix('attention_mask', 12),
      masked_positions: matrix('masked_positions', 2),
    };
    const predicted = predictFunction(config, { kind: 'pretraining' })({ ...parameters, ...batch });
    const scores = (predicted['next_sentence_logits'] as tf.Tensor2D).arraySync().slice(0, examples);
    scores.forEach(([follows, broken], i) => {
      told += Number(Number(broken! > follows!) === inputs['next_sentence_labels']![i]);
    });
    const rows = (predicted['logits']!.reshape([16, 24]) as tf.Tensor2D).arraySync();
    rows.forEach((row, i) => {
      if (inputs['label_weights']![i] === 0) return;
      const label = inputs['labels']![i]!;
      const largest = Math.max(...row);
      loss += Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0)) + largest - row[label]!;
      correct += Number(row.indexOf(largest) === label);
      total++;
    });
  }
  expect(total).toBe(20); // 10 rows of 2 predictions: 105 tokens
  const last = events.at(-1);
  expect(last?.loss).toBeCloseTo(loss / total, 4);
  expect(last?.kind === 'evaluation' && last.accuracy).toBe(correct / total);
  expect(last?.kind === 'evaluation' && last.nextSentenceAccuracy).toBe(told / 10);
});

function headTensors(values: Tensors): (readonly [string, tf.Tensor])[] {
  const shapes: Readonly<Record<string, number[]>> = {
    'cls.predictions.transform.dense.weight': [16, 16],
    'cls.seq_relationship.weight': [2, 16],
  };
  return [...values]
    .filter(([name]) => name.startsWith('cls.'))
    .map(([name, data]) => [name, tf.tensor(data, shapes[name] ?? [data.length])] as const);
}

it.each([
  [{ steps: 0 }, 'steps must be a positive whole number, not 0'],
  [{ length: 13 }, 'length must be a whole number from 5 to 12, the positions of the model, not 13'],
  [{ learningRate: NaN }, 'learningRate must be a positive number, not NaN'],
  [{ seed: 2 ** 32 }, 'seed must be a whole number from 0 to 2^32 - 1, not 4294967296'],
])('refuses %j', async (options, message) => {
  const refused = complete(await tinyPretraining(options));
  await expect(refused).rejects.toThrow(OptionError);
  await expect(refused).rejects.toThrow(message);
});

it('refuses a text that does not fill a batch, and a model that lacks the head', async () => {
  const run = await tinyPretraining();
  await expect(complete({ ...run, train: textOf(Array.from({ length: 71 }, () => 5)) })).rejects.toThrow(
    'a text of 71 tokens is too short for a batch of 8 rows of length 12',
  );
  const parameters = {
    get: (name: string) => (name === 'cls.predictions.bias' ? undefined : run.parameters.get(name)),
  };
  await expect(complete({ ...run, parameters })).rejects.toThrow(
    'cls.predictions.bias has no values, expected 24',
  );
});
