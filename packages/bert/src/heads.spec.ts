import { createEngine, type TensorData } from '@diffprune/engine';
import * as tf from '@tensorflow/tfjs';
import { constantLoss, createHead, headDefinition, type Head } from './heads.ts';
import type { NamedTensors } from './layers.ts';

beforeAll(() => createEngine('tfjs-cpu'));

const classes = Int32Array.of(1, 0, 1, 1);
const words = Int32Array.of(3, 3, 0, 1, 3, 2, 0, 0);
const ones = (size: number) => new Float32Array(size).fill(1);

/** log of the labels' frequencies, the constant scores of the least cross-entropy, for each row. */
function logFrequencies(labels: Int32Array, count: number, rows: number): tf.Tensor2D {
  const frequencies = Array.from({ length: count }, (_, label) => {
    return Math.log(labels.filter((other) => other === label).length / labels.length);
  });
  return tf.tile(tf.tensor2d([frequencies.map((x) => Math.max(x, -1e4))]), [rows, 1]);
}

const cases: [Head, Record<string, TensorData>, () => NamedTensors][] = [
  [
    { kind: 'classification', labels: 2 },
    { labels: classes, example_weights: ones(4) },
    () => ({ logits: logFrequencies(classes, 2, 4) }),
  ],
  [
    { kind: 'regression' },
    { labels: Float32Array.of(1, 2, 3, 6), example_weights: ones(4) },
    () => ({ logits: tf.fill([4], 3) }),
  ],
  [
    { kind: 'span' },
    {
      start_positions: Int32Array.of(2, 2, 1, 0),
      end_positions: Int32Array.of(4, 4, 4, 2),
      example_weights: ones(4),
    },
    () => ({
      start_logits: logFrequencies(Int32Array.of(2, 2, 1, 0), 5, 4),
      end_logits: logFrequencies(Int32Array.of(4, 4, 4, 2), 5, 4),
    }),
  ],
  [
    { kind: 'masked-lm' },
    { labels: words, label_weights: ones(8) },
    () => ({ logits: tf.reshape(logFrequencies(words, 5, 8), [4, 2, 5]) }),
  ],
  [
    { kind: 'pretraining' },
    { labels: words, label_weights: ones(8), next_sentence_labels: classes, example_weights: ones(4) },
    () => ({
      logits: tf.reshape(logFrequencies(words, 5, 8), [4, 2, 5]),
      next_sentence_logits: logFrequencies(classes, 2, 4),
    }),
  ],
];

describe.each(cases)('the head %j', (head, labels, outputs) => {
  const specs = headDefinition(head).labelInputs({ batch: 4, length: 5, predictions: 2 });
  const loss = (predicted: NamedTensors): number => {
    const inputs = Object.entries(specs).map(([name, { shape, dtype }]) => {
      return [name, tf.tensor(labels[name]!, [...shape], dtype)] as const;
    });
    return headDefinition(head).loss(predicted, Object.fromEntries(inputs)).dataSync()[0]!;
  };

  it('has the least loss of a constant prediction', () => {
    expect(constantLoss(head, labels)).toBeCloseTo(loss(outputs()), 5);
    const other = Object.entries(outputs()).map(([name, values]) => {
      const shift = values.rank > 1 ? tf.linspace(0, 0.5, values.shape.at(-1)!) : tf.scalar(0.5);
      return [name, tf.add(values, shift)] as const;
    });
    expect(loss(Object.fromEntries(other))).toBeGreaterThan(constantLoss(head, labels));
  });

  it('is made by its kind', () => {
    expect(createHead(head.kind, 2)).toEqual(head);
  });
});

it('refuses kinds that there are not, and numbers of labels that cannot be', () => {
  expect(() => createHead('choice', 2)).toThrow('no head "choice"; there are classification, regression');
  expect(() => createHead('classification', 1)).toThrow('at least 2 labels, not 1');
});

it.each([
  [{ kind: 'classification', labels: 3 }, ['logits']],
  [{ kind: 'regression' }, ['logits']],
  [{ kind: 'span' }, ['start_logits', 'end_logits']],
] as [Head, string[]][])(
  '%j learns from a teacher: nothing where it says the same, and of one answer no less than its constant loss',
  (head, names) => {
    const distillation = headDefinition(head).distillation!;
    const shape = { batch: 4, length: 5 };
    const targets = distillation.targets(head, shape);
    expect(Object.keys(targets)).toEqual(names);
    const tensors = (value: (i: number) => number) =>
      Object.fromEntries(
        Object.entries(targets).map(([name, { shape }]) => {
          const size = shape.reduce((a, b) => a * b, 1);
          return [
            name,
            tf.tensor(
              Array.from({ length: size }, (_, i) => value(i)),
              [...shape],
            ),
          ];
        }),
      );
    const teacher = tensors((i) => Math.sin(3 * i));
    const loss = (outputs: NamedTensors, weights: tf.Tensor1D = tf.ones([4])) =>
      distillation.loss(outputs, teacher, weights, 2).dataSync()[0]!;
    expect(loss(teacher)).toBeCloseTo(0, 6);
    const other = tensors((i) => Math.cos(i));
    expect(loss(other)).toBeGreaterThan(0.1);
    expect(loss(other, tf.zeros([4]))).toBe(0);
    const rows = Object.entries(teacher).map(([name, tensor]) => {
      const data = tensor.dataSync() as Float32Array;
      const width = data.length / 4;
      return [name, [0, 1, 2, 3].map((row) => data.subarray(row * width, (row + 1) * width))] as const;
    });
    const least = distillation.constantLoss(Object.fromEntries(rows), 2);
    expect(least).toBeGreaterThan(0.01);
    expect(loss(tensors(() => 0))).toBeGreaterThanOrEqual(least);
  },
);
