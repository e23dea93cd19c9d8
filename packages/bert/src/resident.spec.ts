import { createEngine, createResidentEngine } from '@diffprune/engine';
import { describeGpu } from '@diffprune/testing/gpu-page';
import type { Head } from './heads.ts';
import { hiddenActivations } from './layers.ts';
import { predictFunction, predictInputs } from './program.ts';
import { prepare, residentOutputs, smallConfig, type Case } from './resident-model.fixture.ts';
import { largestDifference } from './spec-numbers.ts';

/** Outputs of a model of random weights on ONNX Runtime. */
async function graphOutputs({ specs, parameters, tokens, fn }: ReturnType<typeof prepare>) {
  const graph = await (await createEngine('cpu', { threads: 1 })).compile(fn, specs);
  const outputs = await graph.run({ ...Object.fromEntries(parameters), ...tokens });
  await graph.dispose();
  return outputs;
}

type Outputs = Readonly<Record<string, ArrayLike<number>>>;

/** The largest difference of all outputs, relative to their largest number if that is above 1. */
function apart(expected: Outputs, actual: Outputs): number {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  return Math.max(
    ...Object.entries(expected).map(([name, x]) => {
      const largest = Math.max(1, ...Array.from(x, Math.abs));
      return largestDifference(x, actual[name]!) / largest;
    }),
  );
}

/** How far ONNX Runtime and kernels of our own are apart at most. */
async function difference(given: Case): Promise<number> {
  const prepared = prepare(given);
  return apart(await graphOutputs(prepared), await residentOutputs(prepared));
}

const heads: readonly Head[] = [
  { kind: 'classification', labels: 2 },
  { kind: 'classification', labels: 9 },
  { kind: 'regression' },
  { kind: 'span' },
];

it.each(heads)('%j is the traced graph', async (head) => {
  expect(await difference({ head, batch: 3, length: 11 })).toBeLessThan(1e-5);
});

it.each(hiddenActivations)('so is every activation: %s', async (hidden_act) => {
  expect(
    await difference({ more: { hidden_act }, head: { kind: 'span' }, batch: 2, length: 8 }),
  ).toBeLessThan(1e-5);
});

it.each([1, 2, 7, 8, 9, 16, 33, 40])('and every length: %d', async (length) => {
  expect(await difference({ head: { kind: 'classification', labels: 3 }, batch: 4, length })).toBeLessThan(
    2e-5,
  );
});

it('with adapters, and with one token type', async () => {
  const sizes = { batch: 2, length: 9 };
  expect(await difference({ adapters: true, head: { kind: 'regression' }, ...sizes })).toBeLessThan(1e-5);
  expect(await difference({ more: { type_vocab_size: 1 }, head: { kind: 'span' }, ...sizes })).toBeLessThan(
    2e-5,
  );
});

it('a masked LM is for ONNX Runtime', async () => {
  const engine = await createResidentEngine();
  const [model, head] = [smallConfig(), { kind: 'masked-lm' } as const];
  const specs = predictInputs(model, head, { batch: 2, length: 8, predictions: 3 } as never);
  await expect(engine.compile(predictFunction(model, head), specs)).rejects.toThrow(
    'compile the function for ONNX Runtime',
  );
  engine.dispose();
});

const onGpu: Record<string, Case> = {
  ...Object.fromEntries(heads.map((head) => [JSON.stringify(head), { head, batch: 3, length: 11 }])),
  ...Object.fromEntries(
    hiddenActivations.map((hidden_act) => [
      hidden_act,
      { more: { hidden_act }, head: { kind: 'span' }, batch: 2, length: 8 },
    ]),
  ),
  ...Object.fromEntries(
    [1, 3, 17, 128, 384].map((length) => [
      `length ${length}`,
      { more: { max_position_embeddings: 384 }, head: { kind: 'span' }, batch: length > 20 ? 1 : 9, length },
    ]),
  ),
  'heads of 26': {
    more: { hidden_size: 78, num_attention_heads: 3 },
    head: { kind: 'span' },
    batch: 2,
    length: 5,
  },
  'heads of 64': {
    more: { hidden_size: 128, num_attention_heads: 2 },
    head: { kind: 'span' },
    batch: 1,
    length: 9,
  },
  adapters: { adapters: true, head: { kind: 'regression' }, batch: 5, length: 9 },
  'one token type': { more: { type_vocab_size: 1 }, head: { kind: 'span' }, batch: 2, length: 9 },
};

describeGpu('on WebGPU', new URL('./resident-model.fixture.ts', import.meta.url), (page) => {
  it.each(Object.keys(onGpu))('%s: as the traced graph, and as on WebAssembly', async (name) => {
    const given = onGpu[name]!;
    const [plain, tiled, wasm] = await page.call<Record<string, number[]>[]>(
      'outputsOf',
      given,
      ...(['plain', 'tiled'] as const).map((products) => ({ runtime: 'webgpu', products })),
      { runtime: 'wasm' },
    );
    const expected = await graphOutputs(prepare(given));
    for (const found of [plain!, tiled!]) {
      expect(apart(expected, found)).toBeLessThan(1e-5);
      expect(apart(wasm!, found)).toBeLessThan(1e-5);
    }
  });
});
