import { baseParameters, initializeParameters, parameterSize } from '@diffprune/bert';
import { allocateParameters, withBase, withGradient } from '../parameter-memory.ts';
import { config } from '../tiny-run.fixture.ts';
import { BernoulliMask } from './bernoulli-mask.ts';

const specs = baseParameters(config).filter(({ shape }) => shape.length === 2);
const N = specs.reduce((sum, spec) => sum + parameterSize(spec), 0);
const values = initializeParameters(specs, config, 7);
const adamw = {
  step: 1,
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-12,
  weightDecay: 0,
  scale: 1,
};

async function createMask({ initialSparsity = 0, seed = 1 } = {}) {
  const parameters = await allocateParameters(specs, () => BernoulliMask.arrays);
  for (const { spec, weights } of parameters) weights.set(values.get(spec.name)!);
  const masked = parameters.map(withGradient).map(withBase);
  const mask = new BernoulliMask(masked, { seed, initialSparsity, samples: 10 });
  return { mask, masked };
}
type Created = Awaited<ReturnType<typeof createMask>>;

/** The log-odds of all entries. */
function logits({ mask }: Created): number[] {
  return specs.flatMap(({ name }) => [...(mask.state.get(`${name}/logits`) as Float32Array)]);
}

/** θ', of all entries. */
function weights({ masked }: Created): number[] {
  return masked.flatMap(({ weights }) => [...weights]);
}

it('begins all dense: a step drops σ(-5) = 0.67% of the entries, and no other two the same', async () => {
  const created = await createMask();
  const draws = [0, 1].map((step) => {
    created.mask.forward({ step, rows: new Map() });
    return weights(created);
  });
  const theta = specs.flatMap(({ name }) => [...values.get(name)!]);
  const p = 1 / (1 + Math.exp(5));
  expect(p.toFixed(4)).toBe('0.0067');
  for (const [step, draw] of draws.entries()) {
    const dropped = draw.filter((value) => value === 0).length;
    expect(Math.abs(dropped - N * p)).toBeLessThan(3 * Math.sqrt(N * p));
    draw.forEach((value, i) => expect([0, theta[i]]).toContain(value));
    created.mask.forward({ step, rows: new Map() });
    expect(weights(created)).toEqual(draw);
    expect(created.mask.backward().measured).toEqual({ sparsity: dropped / N });
  }
  expect(draws[0]).not.toEqual(draws[1]);
});

it.each([0.005, 0.29, 0.5, 1])(
  'is likely to drop %d · N entries at first, the smallest, and to keep the rest',
  async (sparsity) => {
    const at = logits(await createMask({ initialSparsity: sparsity }));
    expect(at.filter((nu) => nu === 5)).toHaveLength(Math.floor((1 - sparsity) * N));
    expect(at.every((nu) => Math.abs(nu) === 5)).toBe(true);
    const magnitudes = specs.flatMap(({ name }) => [...values.get(name)!].map(Math.abs));
    const of = (nu: number): number[] => magnitudes.filter((_, i) => at[i] === nu);
    expect(Math.max(0, ...of(-5))).toBeLessThanOrEqual(Math.min(Infinity, ...of(5)));
  },
);

it('is evaluated as the sample that its diff has, and as others', async () => {
  const created = await createMask({ initialSparsity: 0.3 });
  const { mask } = created;
  mask.forward();
  const stored = weights(created);
  const draws = Array.from({ length: mask.samples.count }, (_, sample) => {
    mask.samples.draw(sample);
    return weights(created);
  });
  expect(draws[0]).toEqual(stored);
  expect(new Set(draws.map(String)).size).toBe(10);
  const zeros = mask.diff().flatMap(({ operation, positions }) => {
    expect(operation).toBe('zero');
    return [...positions];
  });
  expect(zeros).toHaveLength(stored.filter((value) => value === 0).length);
  const other = await createMask({ initialSparsity: 0.3, seed: 2 });
  other.mask.forward();
  expect(weights(other)).not.toEqual(stored);
});

it('steps with the rows that are read come to what steps with whole tables do, also when they go on', async () => {
  const table = 'bert.embeddings.word_embeddings.weight';
  const reads = [[3, 5, 3], [5, 9], [], [9, 23]].map((rows) => Int32Array.from(rows));
  const width = config.hiddenSize;
  const train = (created: Created, from: number, to: number, byRows: boolean): void => {
    for (let step = from; step < to; step++) {
      const rows = reads[step]!;
      created.mask.forward({ step, rows: byRows ? new Map([[table, rows]]) : new Map() });
      for (const { spec, gradient } of created.masked) {
        const read = (i: number): boolean => spec.name !== table || rows.includes(Math.floor(i / width));
        gradient.forEach((_, i) => (gradient[i] = read(i) ? Math.sin(i + step) : 0));
      }
      created.mask.backward();
      created.mask.update(step, { mask: { ...adamw, step: step + 1 } });
    }
  };
  const [whole, part, resumed] = [await createMask(), await createMask(), await createMask()];
  train(whole, 0, 4, false);
  train(part, 0, 2, true);
  for (const [name, array] of resumed.mask.state) array.set(part.mask.state.get(name)!);
  train(part, 2, 4, true);
  train(resumed, 2, 4, true);
  expect(logits(whole)).not.toEqual(logits(await createMask()));
  for (const { mask } of [part, resumed]) expect([...mask.state]).toEqual([...whole.mask.state]);
});
