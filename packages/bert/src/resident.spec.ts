import { createEngine, createResidentEngine, type TensorData } from '@diffprune/engine';
import { createAdapters } from './adapters.ts';
import type { EncoderConfig } from './architecture.ts';
import { parseConfig } from './architectures.ts';
import { programParameters, type Head } from './heads.ts';
import { initializeParameters } from './initialize.ts';
import { hiddenActivations } from './layers.ts';
import { predictFunction, predictInputs } from './program.ts';
import { largestDifference } from './spec-numbers.ts';

function config(more: object = {}): EncoderConfig {
  return parseConfig({
    ...{ vocab_size: 50, hidden_size: 20, num_hidden_layers: 2, num_attention_heads: 2 },
    ...{ intermediate_size: 44, max_position_embeddings: 40, type_vocab_size: 2, ...more },
  });
}

/** Runs a model of random weights on ONNX Runtime and on kernels of our own. @returns how far they are apart at most */
async function difference(model: EncoderConfig, head: Head, batch: number, length: number): Promise<number> {
  const specs = predictInputs(model, head, { batch, length });
  const parameters = initializeParameters(programParameters(model, head), { initializerRange: 0.4 }, 5);
  const fill = (of: (i: number) => number) => Int32Array.from({ length: batch * length }, (_, i) => of(i));
  const tokens: Record<string, TensorData> = {
    input_ids: fill((i) => (7 * i + 3) % 50),
    token_type_ids: fill((i) => (i % length > length / 2 && model.typeVocabSize > 1 ? 1 : 0)),
    attention_mask: fill((i) => +(i % length < length - (Math.floor(i / length) % length))), // the first is all tokens
  };
  const fn = predictFunction(model, head);
  const graph = await (await createEngine('cpu', { threads: 1 })).compile(fn, specs);
  const expected = await graph.run({ ...Object.fromEntries(parameters), ...tokens });
  await graph.dispose();
  const engine = await createResidentEngine();
  const program = await engine.compile(fn, specs);
  for (const [name, values] of parameters) engine.weights.write(name, values);
  const actual = await program.run(tokens);
  engine.dispose();
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  return Math.max(...Object.entries(expected).map(([name, x]) => largestDifference(x, actual[name]!)));
}

const heads: readonly Head[] = [
  { kind: 'classification', labels: 2 },
  { kind: 'classification', labels: 9 },
  { kind: 'regression' },
  { kind: 'span' },
];

it.each(heads)('%j is the traced graph', async (head) => {
  expect(await difference(config(), head, 3, 11)).toBeLessThan(2e-5);
});

it.each(hiddenActivations)('so is every activation: %s', async (hidden_act) => {
  expect(await difference(config({ hidden_act }), { kind: 'span' }, 2, 8)).toBeLessThan(2e-5);
});

it.each([1, 2, 7, 8, 9, 16, 33, 40])('and every length: %d', async (length) => {
  expect(await difference(config(), { kind: 'classification', labels: 3 }, 4, length)).toBeLessThan(2e-5);
});

it('with adapters, and with one token type', async () => {
  const adapters = createAdapters('houlsby', 6, 'gelu_new');
  expect(await difference({ ...config(), adapters }, { kind: 'regression' }, 2, 9)).toBeLessThan(2e-5);
  expect(await difference(config({ type_vocab_size: 1 }), { kind: 'span' }, 2, 9)).toBeLessThan(2e-5);
});

it('a masked LM is for ONNX Runtime', async () => {
  const engine = await createResidentEngine();
  const [model, head] = [config(), { kind: 'masked-lm' } as const];
  const specs = predictInputs(model, head, { batch: 2, length: 8, predictions: 3 } as never);
  await expect(engine.compile(predictFunction(model, head), specs)).rejects.toThrow(
    'compile the function for ONNX Runtime',
  );
  engine.dispose();
});
