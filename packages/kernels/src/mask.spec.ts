import type { AdamWStep, Cut, Masking } from './index.ts';
import { KernelError, mask, maskGradients, maskUpdate, selectTop, setThreads, Slab } from './index.ts';
import { isKept, referenceAdamw, referenceMaskGradients } from './reference.ts';

afterEach(() => setThreads(1));

const step: AdamWStep = {
  ...{ step: 3, learningRate: 1e-2, beta1: 0.9, beta2: 0.999 },
  ...{ epsilon: 1e-6, weightDecay: 0.1, scale: 0.5 },
};
const stepScore = { ...step, learningRate: 0.1, weightDecay: 0, scale: 0.25 };
const names = ['out', 'gradient', 'weight', 'score', 'mWeight', 'vWeight', 'mScore', 'vScore'] as const;
type Arrays = Readonly<Record<(typeof names)[number], Float32Array>>;

/** Arrays of a call, at odd offsets of a slab. */
async function makeArrays(length: number): Promise<Arrays> {
  const slab = await Slab.create(names.length * Slab.bytesFor(length + 4));
  const fills = {
    out: () => -1,
    gradient: (i: number) => Math.sin(2 * i) / 100,
    weight: (i: number) => Math.sin(3 * i) / 10,
    score: (i: number) => (i % 7 === 0 ? 0.25 : i % 11 === 0 ? -0 : Math.sin(4 * i) * 3),
    mWeight: (i: number) => Math.sin(5 * i) / 1000,
    vWeight: (i: number) => Math.sin(6 * i) ** 2 / 1e5,
    mScore: (i: number) => Math.sin(7 * i) / 1000,
    vScore: (i: number) => Math.sin(8 * i) ** 2 / 1e5,
  };
  return Object.fromEntries(
    names.map((name) => {
      const array = slab.allocate(length + 4).subarray(3, 3 + length);
      array.forEach((_, i) => (array[i] = fills[name](i)));
      return [name, array];
    }),
  ) as Arrays;
}

function largestError(actual: Float32Array, expected: (i: number) => number): number {
  let largest = 0;
  actual.forEach((x, i) => {
    if (!Number.isFinite(x)) throw new Error(`element ${i} is ${x}`);
    largest = Math.max(largest, Math.abs(x - expected(i)));
  });
  return largest;
}

const cuts: Record<string, Cut> = {
  'ties within': { threshold: 0.25, tieEnd: 4000 },
  'a threshold': { threshold: -0.5, tieEnd: 0 },
  nothing: { threshold: Infinity, tieEnd: 0 },
  everything: { threshold: -Infinity, tieEnd: 9003 },
};

describe.each(Object.entries(cuts))('a mask that keeps %s', (_, cut) => {
  const length = 9003;

  it('is the twin’s, by scores and by magnitude', async () => {
    const { out, weight, score } = await makeArrays(length);
    mask([[{ out, weight, score }, cut]]);
    out.forEach((x, i) => {
      if (!Object.is(x, isKept(score[i]!, i, cut) ? weight[i] : 0)) throw new Error(`element ${i}: ${x}`);
    });
    mask([[{ out: weight, weight: score }, cut]]);
    weight.forEach((x, i) => {
      if (!Object.is(x, isKept(Math.abs(score[i]!), i, cut) ? score[i] : 0))
        throw new Error(`element ${i}: ${x}`);
    });
  });

  it.each([
    ['masked', 0],
    ['masked', 1e-3],
    ['straight-through', 0],
    ['straight-through', 1e-3],
  ] as const)('has the twin’s gradients and AdamW: %s, penalty %d', async (weightGradient, penalty) => {
    const arrays = await makeArrays(length);
    const masking: Masking = { cut, weightGradient, penalty };
    const twin = referenceMaskGradients(arrays, masking);
    const [sums] = maskGradients([[arrays, masking]]);
    for (const name of ['squaredNormWeight', 'squaredNormScore', 'expectedOpen'] as const) {
      expect(Math.abs(sums![name] - twin.sums[name])).toBeLessThanOrEqual(3e-6 * twin.sums[name]);
    }
    expect(sums!.kept).toBe(twin.sums.kept);

    const of = (parameter: 'weight' | 'score', m: 'mWeight' | 'mScore', v: 'vWeight' | 'vScore') => {
      const [p, first, second] = [parameter, m, v].map((name) => Float64Array.from(arrays[name]));
      return { parameter: p!, m: first!, v: second!, gradient: twin[parameter] };
    };
    const [weight, score] = [of('weight', 'mWeight', 'vWeight'), of('score', 'mScore', 'vScore')];
    referenceAdamw(weight, step);
    referenceAdamw(score, stepScore);
    maskUpdate([[arrays, { ...masking, weight: step, score: stepScore }]]);
    expect(largestError(arrays.mWeight, (i) => weight.m[i]!)).toBeLessThan(1e-9);
    expect(largestError(arrays.vWeight, (i) => weight.v[i]!)).toBeLessThan(1e-11);
    expect(largestError(arrays.weight, (i) => weight.parameter[i]!)).toBeLessThan(1e-6);
    expect(largestError(arrays.mScore, (i) => score.m[i]!)).toBeLessThan(1e-9);
    expect(largestError(arrays.vScore, (i) => score.v[i]!)).toBeLessThan(1e-11);
    expect(largestError(arrays.score, (i) => score.parameter[i]!)).toBeLessThan(1e-5);
  });

  it.each(['masked', 'straight-through'] as const)(
    'updates weights without scores, %s',
    async (weightGradient) => {
      const { gradient, weight, mWeight, vWeight } = await makeArrays(length);
      const masking: Masking = { cut: { ...cut, threshold: cut.threshold / 5 }, weightGradient };
      const { weight: dWeight, sums: twinSums } = referenceMaskGradients({ gradient, weight }, masking);
      const [sums] = maskGradients([[{ gradient, weight }, masking]]);
      expect(Math.abs(sums!.squaredNormWeight / (twinSums.squaredNormWeight || 1) - 1)).toBeLessThan(
        twinSums.kept === 0 && weightGradient === 'masked' ? 2 : 3e-6,
      );
      expect(sums).toMatchObject({ squaredNormScore: 0, expectedOpen: 0, kept: twinSums.kept });
      const twin = {
        parameter: Float64Array.from(weight),
        m: Float64Array.from(mWeight),
        v: Float64Array.from(vWeight),
        gradient: dWeight,
      };
      referenceAdamw(twin, step);
      maskUpdate([
        [
          { gradient, weight, mWeight, vWeight },
          { ...masking, weight: step },
        ],
      ]);
      expect(largestError(weight, (i) => twin.parameter[i]!)).toBeLessThan(1e-6);
      expect(largestError(mWeight, (i) => twin.m[i]!)).toBeLessThan(1e-9);
      expect(largestError(vWeight, (i) => twin.v[i]!)).toBeLessThan(1e-11);
    },
  );
});

it.each(['masked', 'straight-through'] as const)(
  'sets weights to 0 that were 0 in θ’, bit by bit, and updates the others as usual: %s',
  async (weightGradient) => {
    const cut = { threshold: 0.0625, tieEnd: 5 };
    const make = async () => {
      const { score: _, mScore: __, vScore: ___, ...arrays } = await makeArrays(5003);
      arrays.weight.set([0, -0, 0.0625, -0.0625, NaN, 0.0625, Infinity]);
      return arrays;
    };
    const [usual, zeroed] = [await make(), await make()];
    const before = Float32Array.from(usual.weight);
    const masking: Masking = { cut, weightGradient };
    maskUpdate([[usual, { ...masking, weight: step }]]);
    maskUpdate([[zeroed, { ...masking, weight: step, zeroed: true }]]);
    const expected = usual.weight.map((x, i) => {
      return before[i] !== 0 && isKept(Math.abs(before[i]!), i, cut) ? x : 0;
    });
    expect(Buffer.from(Float32Array.from(zeroed.weight).buffer)).toEqual(Buffer.from(expected.buffer));
    expect(expected.filter((x) => x === 0).length).toBeGreaterThan(2000);
    expect(expected.filter((x) => x !== 0).length).toBeGreaterThan(2000);
    expect([zeroed.mWeight, zeroed.vWeight]).toEqual([usual.mWeight, usual.vWeight]);
  },
);

it('the twin’s gradients are those of finite differences, where the mask is constant', () => {
  // L = Σ c·θ', so that g = c; the straight-through gradient of M as a number is c·weight
  const penalty = 0.3;
  const cut = { threshold: 0.2, tieEnd: 0 };
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  for (const [c, weight, score] of [
    [0.7, -1.3, 0.5],
    [-2, 0.4, -3],
  ] as const) {
    const twin = referenceMaskGradients(
      { gradient: [c], weight: [weight], score: [score] },
      { cut, weightGradient: 'masked', penalty },
    );
    const loss = (w: number, m: number, s: number) => c * m * w + penalty * sigmoid(s);
    const m = isKept(score, 0, cut) ? 1 : 0;
    const h = 1e-5;
    const byWeight = (loss(weight + h, m, score) - loss(weight - h, m, score)) / (2 * h);
    const byMask = (loss(weight, m + h, score) - loss(weight, m - h, score)) / (2 * h);
    const byScore = (loss(weight, m, score + h) - loss(weight, m, score - h)) / (2 * h);
    expect(twin.weight[0]).toBeCloseTo(byWeight, 8);
    expect(twin.score[0]).toBeCloseTo(byMask + byScore, 8);
  }
});

it.each([2, 5])('on %i threads every bit is as on one', async (threads) => {
  const lengths = [70_003, 7, 66_000];
  const run = async (count: number) => {
    setThreads(count);
    const each = await Promise.all(lengths.map(makeArrays));
    const scores = each.map(({ score }) => score);
    const results: unknown[] = [];
    for (let repetition = 0; repetition < 3; repetition++) {
      const chosen = selectTop([{ scores, count: 50_000 }], 'value')[0]!;
      mask(each.map((arrays, i) => [arrays, chosen[i]!]));
      const maskings = chosen.map((cut) => ({ cut, weightGradient: 'masked' as const, penalty: 1e-3 }));
      const sums = maskGradients(each.map((arrays, i) => [arrays, maskings[i]!]));
      maskUpdate(each.map((arrays, i) => [arrays, { ...maskings[i]!, weight: step, score: stepScore }]));
      results.push(chosen, sums);
    }
    const bits = each.flatMap((arrays) =>
      names.map((name) => Buffer.from(Float32Array.from(arrays[name]).buffer)),
    );
    return { results, bits };
  };
  const [one, many] = [await run(1), await run(threads)];
  expect(many.results).toEqual(one.results);
  expect(many.bits.every((array, i) => array.equals(one.bits[i]!))).toBe(true);
});

it('refuses scores without a step of their own', async () => {
  const arrays = await makeArrays(8);
  const masking: Masking = { cut: { threshold: 0, tieEnd: 0 }, weightGradient: 'masked' };
  expect(() => maskUpdate([[arrays, { ...masking, weight: step }]])).toThrow(KernelError);
  expect(() => maskUpdate([[arrays, { ...masking, weight: step, score: { ...step, step: 0 } }]])).toThrow(
    'maskUpdate (score): step is 0',
  );
  expect(() => maskUpdate([[arrays, { ...masking, weight: step, score: step, zeroed: true }]])).toThrow(
    'weights with scores cannot be zeroed',
  );
});
