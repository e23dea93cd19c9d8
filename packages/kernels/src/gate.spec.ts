import type { GateDistribution, Key, PenalisedGateDraw } from './index.ts';
import { gate, gateGradients, gateUpdate, Slab, streamKey, uniformAt } from './index.ts';
import { referenceAdamw, referenceGate, referenceGradients } from './reference.ts';
import { type KernelName, writeCall } from './struct.ts';

/** Stretch limits and temperature as the kernels take them. */
function distribution(l: number, r: number, temperature: number): GateDistribution {
  return { low: l, span: r - l, openOdds: (-l / r) ** temperature, inverseTemperature: 1 / temperature };
}

const distributions = {
  'diff pruning': distribution(-1.5, 1.5, 1),
  'Louizos et al.': distribution(-0.1, 1.1, 2 / 3),
  'asymmetric, hot': distribution(-0.3, 2, 2),
};
const length = 20_003;
const key: Key = streamKey(3, 2, 1);

/** Arrays of a call, in a slab: log-odds of every size to ±50, gradients and weights of either sign. */
async function makeArrays() {
  const slab = await Slab.create(10 * Slab.bytesFor(length + 8));
  const make = (fill: (i: number) => number) => {
    const array = slab.allocate(length + 8).subarray(2, 2 + length);
    array.forEach((_, i) => (array[i] = fill(i)));
    return array;
  };
  const noise = (stream: number) => {
    const streamOf = streamKey(0, 0, stream);
    return (i: number) => uniformAt(streamOf, i) * 2 - 1;
  };
  const [a, b, c, d] = [noise(0), noise(1), noise(2), noise(3)];
  const alphas = [-50, 50, 5, 0, -5, -0.5, 11, -11];
  return {
    slab,
    out: make(() => -1),
    base: make(a),
    w: make((i) => b(i) * 0.1),
    alpha: make((i) => (i % 16 < 8 ? alphas[i % 8]! : c(i) * 8)),
    gradient: make((i) => d(i) * 0.01),
    alphaGradient: make(() => -1),
    mW: make((i) => a(i) * 1e-3),
    vW: make((i) => b(i) ** 2 * 1e-5),
    mAlpha: make((i) => c(i) * 1e-3),
    vAlpha: make((i) => d(i) ** 2 * 1e-5),
  };
}

function largestError(actual: ArrayLike<number>, expected: (i: number) => number): number {
  let largest = 0;
  for (let i = 0; i < actual.length; i++) {
    if (!Number.isFinite(actual[i])) throw new Error(`element ${i} is ${actual[i]}`);
    largest = Math.max(largest, Math.abs(actual[i]! - expected(i)));
  }
  return largest;
}

describe.each(Object.entries(distributions))('the gate of %s', (_, distribution) => {
  const call: PenalisedGateDraw = { distribution, groupGate: 0.7, key, penalty: 1e-3 };

  it('is the twin’s, on a base, alone, in place, and deterministic', async () => {
    const { out, base, w, alpha } = await makeArrays();
    const diff = (i: number) => 0.7 * referenceGate(alpha[i]!, uniformAt(key, i), distribution).z * w[i]!;
    gate([[{ out, base, w, alpha }, call]]);
    expect(largestError(out, (i) => base[i]! + diff(i))).toBeLessThan(2e-7);
    gate([[{ out, w, alpha }, call]]);
    expect(largestError(out, diff)).toBeLessThan(1.5e-7);
    const copy = Float32Array.from(base);
    gate([[{ out: base, base, w, alpha }, call]]);
    expect(largestError(base, (i) => copy[i]! + diff(i))).toBeLessThan(2e-7);
    gate([
      [
        { out, w, alpha },
        { ...call, key: undefined },
      ],
    ]);
    expect(
      largestError(out, (i) => 0.7 * referenceGate(alpha[i]!, undefined, distribution).z * w[i]!),
    ).toBeLessThan(1.5e-7);
  });

  it('has gates that are exactly 0 and exactly 1, as often as their probabilities say', async () => {
    const { out, w, alpha } = await makeArrays();
    alpha.fill(0.3);
    w.fill(1);
    gate([
      [
        { out, w, alpha },
        { ...call, groupGate: 1 },
      ],
    ]);
    const { p } = referenceGate(0.3, 0.5, distribution);
    const closed = out.filter((x) => x === 0).length / length;
    expect(Math.abs(closed - (1 - p))).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / length));
    expect(out.some((x) => x === 1)).toBe(true);
  });

  it('has the twin’s gradients and sums, whatever the group’s gate', async () => {
    for (const groupGate of [0.7, 1, 0]) {
      const { gradient, alphaGradient, w, alpha } = await makeArrays();
      const { dW, dAlpha, sums: twin } = referenceGradients(gradient, w, alpha, { ...call, groupGate });
      const sums = gateGradients([
        [
          { gradient, alphaGradient, w, alpha },
          { ...call, groupGate },
        ],
      ])[0]!;
      expect(largestError(gradient, (i) => dW[i]!)).toBeLessThan(1e-8);
      expect(largestError(alphaGradient, (i) => dAlpha[i]!)).toBeLessThan(1e-8);
      for (const name of ['squaredNormW', 'squaredNormAlpha', 'expectedNonzeros'] as const) {
        expect(Math.abs(sums[name] - twin[name])).toBeLessThanOrEqual(3e-6 * twin[name]);
      }
      expect(Math.abs(sums.groupGradient - twin.groupGradient)).toBeLessThan(1e-6);
    }
  });

  it('is updated as the twin’s gradients and AdamW say', async () => {
    const arrays = await makeArrays();
    const { gradient, w, alpha, mW, vW, mAlpha, vAlpha } = arrays;
    const common = { beta1: 0.9, beta2: 0.999, epsilon: 1e-6, step: 3 };
    const stepW = { ...common, learningRate: 1e-3, weightDecay: 0.01, scale: 0.5 };
    const stepAlpha = { ...common, learningRate: 0.1, weightDecay: 0, scale: 0.25 };
    const { dW, dAlpha } = referenceGradients(gradient, w, alpha, call);
    const twinW = {
      parameter: Float64Array.from(w),
      gradient: dW,
      m: Float64Array.from(mW),
      v: Float64Array.from(vW),
    };
    const twinA = {
      parameter: Float64Array.from(alpha),
      gradient: dAlpha,
      m: Float64Array.from(mAlpha),
      v: Float64Array.from(vAlpha),
    };
    referenceAdamw(twinW, stepW);
    referenceAdamw(twinA, stepAlpha);
    gateGradients([[arrays, call]]);
    gateUpdate([[arrays, { w: stepW, alpha: stepAlpha }]]);
    expect(largestError(mW, (i) => twinW.m[i]!)).toBeLessThan(1e-9);
    expect(largestError(vW, (i) => twinW.v[i]!)).toBeLessThan(1e-11);
    expect(largestError(w, (i) => twinW.parameter[i]!)).toBeLessThan(1e-6);
    expect(largestError(mAlpha, (i) => twinA.m[i]!)).toBeLessThan(1e-9);
    expect(largestError(vAlpha, (i) => twinA.v[i]!)).toBeLessThan(1e-11);
    expect(largestError(alpha, (i) => twinA.parameter[i]!)).toBeLessThan(1e-5);
  });

  it('has a twin whose gradients are those of finite differences', () => {
    const step = 1e-5;
    for (const u of [1e-4, 0.01, 0.3, 0.5, 0.77, 0.999]) {
      for (const alpha of [-6, -1, -0.2, 0.4, 2, 5]) {
        const at = (x: number) => referenceGate(x, u, distribution);
        const { dz, dp } = at(alpha);
        const [up, down] = [at(alpha + step), at(alpha - step)];
        expect(Math.abs((up.z - down.z) / (2 * step) - dz)).toBeLessThan(1e-8);
        expect(Math.abs((up.p - down.p) / (2 * step) - dp)).toBeLessThan(1e-8);
      }
    }
  });

  it('does not depend on how the work is divided', async () => {
    const { slab, out, base, w, alpha, gradient, alphaGradient } = await makeArrays();
    const whole = 16_384;
    const [sumsAt, scratch, callAt] = [8192, 16_384, 20_480]; // in the calling thread's slot
    const arrays = { out, base, w, alpha, gradient, alphaGradient };
    const run = (kernel: KernelName, begin: number, count: number, width: number) => {
      const range = { index: begin, count, rows: 0, order: 0, width, sums: sumsAt, scratch };
      const pointerTo = (name: string) => arrays[name as keyof typeof arrays].byteOffset + 4 * begin;
      const draw = { distribution, key0: key[0], key1: key[1], groupGate: 0.7 };
      writeCall(slab.words, callAt, kernel, range, pointerTo, { draw, based: 1, penalty: 1e-3 });
      slab.kernels[kernel](callAt);
    };
    gate([[{ out, base, w, alpha }, call]]);
    const expected = [...out.subarray(0, whole)];
    const kind = ({ 1: 'Sampled', 1.5: 'TwoThirds' } as const)[distribution.inverseTemperature] ?? 'Tempered';
    out.fill(0);
    for (const [begin, end] of [
      [8192, whole],
      [4, 8192],
      [0, 4],
    ] as const) {
      run(`gate${kind}`, begin, end - begin, end - begin);
    }
    expect([...out.subarray(0, whole)]).toEqual(expected);

    const given = gradient.slice();
    const partial = (begin: number, count: number) => {
      run(`gateGradients${kind}`, begin, count, 4096);
      return [...new Float64Array(slab.buffer, sumsAt, (4 * count) / 4096)];
    };
    const together = partial(0, whole);
    const gradients = [gradient.slice(), alphaGradient.slice()];
    gradient.set(given);
    expect([...partial(0, 4096), ...partial(4096, 8192), ...partial(12_288, 4096)]).toEqual(together);
    expect([gradient, alphaGradient].map((array) => array.slice())).toEqual(gradients);
  });
});
