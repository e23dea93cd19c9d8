import * as fc from 'fast-check';
import type { AdamWStep } from './index.ts';
import { adamw, KernelError, Slab, squaredNorm } from './index.ts';
import { referenceAdamw } from './reference.ts';

const options: AdamWStep = {
  step: 1,
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.1,
  scale: 1,
};

async function arraysOf(length: number) {
  const slab = await Slab.create(4 * Slab.bytesFor(length + 8));
  const array = () => slab.allocate(length + 8).subarray(3, 3 + length);
  return { parameter: array(), gradient: array(), m: array(), v: array() };
}

describe('adamw', () => {
  it('moves by the learning rate against the sign of a constant gradient, after the decay', async () => {
    const arrays = await arraysOf(6);
    arrays.parameter.set([1, -2, 0.5, 0, 3, 10]);
    arrays.gradient.set([0.1, -0.2, 0.3, -4, 1e-3, 50]);
    const expected = [...arrays.parameter];
    for (let step = 1; step <= 100; step++) {
      adamw(arrays, { ...options, step });
      expected.forEach((p, i) => (expected[i] = p * (1 - 0.001) - 0.01 * Math.sign(arrays.gradient[i]!)));
    }
    expected.forEach((p, i) => expect(arrays.parameter[i]).toBeCloseTo(p, 4));
  });

  it('agrees with the formulas of the paper for any length, and touches nothing else', async () => {
    const number = fc.float({ min: -10, max: 10, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(number, number, number, number), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.constantFrom(0, 1e-3, 1),
        async (rows, step, scale) => {
          const arrays = await arraysOf(rows.length);
          arrays.parameter.set(rows.map((row) => row[0]));
          arrays.gradient.set(rows.map((row) => row[1]));
          arrays.m.set(rows.map((row) => row[2]));
          arrays.v.set(rows.map((row) => row[3] ** 2));
          const gradient = [...arrays.gradient];
          const twin = {
            parameter: Float64Array.from(arrays.parameter),
            gradient,
            m: Float64Array.from(arrays.m),
            v: Float64Array.from(arrays.v),
          };
          // an epsilon that a float resolves beside the roots of these moments
          const call = { ...options, step, scale, epsilon: 1e-4 };
          adamw(arrays, call);
          referenceAdamw(twin, call);
          expect([...arrays.gradient]).toEqual(gradient);
          for (const name of ['parameter', 'm', 'v'] as const) {
            twin[name].forEach((x, i) => {
              const error = Math.abs(arrays[name][i]! - x);
              expect(error).toBeLessThanOrEqual(2e-6 * Math.max(1, Math.abs(x), Math.abs(rows[i]![0])));
            });
            const around = new Float32Array(arrays[name].buffer, arrays[name].byteOffset - 12, 3);
            const behind = new Float32Array(
              arrays[name].buffer,
              arrays[name].byteOffset + 4 * rows.length,
              5,
            );
            expect([...around, ...behind]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses numbers out of range, by name', async () => {
    const arrays = await arraysOf(1);
    for (const bad of [
      { step: 0 },
      { step: 1.5 },
      { beta1: 1 },
      { beta2: -0.1 },
      { epsilon: 0 },
      { learningRate: NaN },
      { weightDecay: -1 },
      { scale: Infinity },
    ]) {
      expect(() => adamw(arrays, { ...options, ...bad })).toThrow(KernelError);
      expect(() => adamw(arrays, { ...options, ...bad })).toThrow(`adamw: ${Object.keys(bad)[0]} is `);
    }
  });
});

describe('squaredNorm', () => {
  it('is the sum of squares, to 1e-6, for lengths around the block size', async () => {
    const slab = await Slab.create(Slab.bytesFor(20_000));
    const pool = slab.allocate(20_000);
    pool.forEach((_, i) => (pool[i] = Math.sin(i) * 3));
    for (const length of [0, 1, 3, 4, 5, 7, 8, 4092, 4095, 4096, 4097, 4100, 4104, 12_289, 19_999]) {
      const x = pool.subarray(1, 1 + length);
      const exact = x.reduce((sum, value) => sum + value * value, 0);
      expect(Math.abs(squaredNorm(x) - exact)).toBeLessThanOrEqual(1e-6 * exact);
    }
  });
});
