import { valueAndGradients } from '@diffprune/engine';
import * as tf from '@tensorflow/tfjs';
import { jest } from '@jest/globals';
import { baseParameters, parseConfig } from './architectures.ts';
import { type Head, programParameters } from './heads.ts';
import { rowsRead, trainFunction, trainInputs } from './program.ts';
import { initializeParameters } from './initialize.ts';

const config = parseConfig({
  vocab_size: 20,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 8,
  max_position_embeddings: 10,
  type_vocab_size: 2,
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
});
const heads: Head[] = [
  { kind: 'classification', labels: 2 },
  { kind: 'span' },
  { kind: 'masked-lm' },
  { kind: 'pretraining' },
];

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {}); // TensorFlow.js advertises its native library
  await tf.setBackend('cpu');
});
afterAll(() => jest.restoreAllMocks());

// the rows that TensorFlow.js's gradients say the loss depends on
it.each(heads)('are the rows with a gradient, with head $kind', (head) => {
  const [batch, length] = [2, 6];
  const ids = Int32Array.of(1, 7, 7, 3, 19, 2, 1, 4, 5, 6, 2, 0);
  const values = initializeParameters(programParameters(config, head), config, 3);
  const given = Object.entries(trainInputs(config, head, { batch, length, predictions: 1 })).map(
    ([name, { shape, dtype }]) => {
      const fill = name.endsWith('weights') || name === 'attention_mask' ? 1 : 0;
      const data = name === 'input_ids' ? ids : values.get(name);
      return [name, data ? tf.tensor(data, [...shape], dtype) : tf.fill([...shape], fill, dtype)] as const;
    },
  );
  const read = rowsRead(config, head, ids, length);
  const tables = baseParameters(config).filter(({ name }) => name.endsWith('embeddings.weight'));
  const fn = valueAndGradients(
    trainFunction(config, head),
    tables.map(({ name }) => name),
  );
  const outputs = fn(Object.fromEntries(given));
  for (const { name, shape } of tables) {
    const gradient = outputs[`gradient/${name}`]!.dataSync();
    const [rows, width] = shape as [number, number];
    const touched = Array.from({ length: rows }, (_, row) => row).filter((row) =>
      gradient.subarray(row * width, (row + 1) * width).some((value) => value !== 0),
    );
    const expected = read.get(name);
    if (expected) expect(touched).toEqual([...new Set(expected)].sort((a, b) => a - b));
    else if (!name.includes('token_type')) expect(touched.length).toBe(rows);
  }
});
