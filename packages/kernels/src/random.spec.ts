import * as fc from 'fast-check';
import type { Key } from './index.ts';
import { fillDropoutMask, fillUniform, KernelError, Slab, streamKey, uniformAt } from './index.ts';
import { writeCall } from './struct.ts';

const count = 1 << 18;

async function stream(key: Key, length = count): Promise<Float32Array> {
  const out = (await Slab.create(Slab.bytesFor(length))).allocate(length);
  fillUniform(out, key);
  return out;
}

/** Σ (observed - expected)² / expected, as standard deviations from its mean (degrees large enough for that). */
function chiSquareDeviation(observed: ArrayLike<number>, total: number): number {
  const expected = total / observed.length;
  let chi = 0;
  for (let i = 0; i < observed.length; i++) chi += (observed[i]! - expected) ** 2 / expected;
  const degrees = observed.length - 1;
  return (chi - degrees) / Math.sqrt(2 * degrees);
}

/** Pearson's r times √n, a standard normal deviate if x and y are independent. */
function correlation(x: Float32Array, y: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! - 0.5) * (y[i]! - 0.5);
  return (sum / x.length) * 12 * Math.sqrt(x.length);
}

describe('uniform random numbers', () => {
  it('are the same in the kernel and one by one, whatever the length, the index and the place', async () => {
    const slab = await Slab.create(4096);
    const pool = slab.allocate(512);
    const half = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(
        half,
        half,
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 100 }),
        (a, b, begin, n) => {
          pool.fill(-1);
          fillUniform(pool.subarray(begin, begin + n), [a, b]);
          pool.forEach((u, i) =>
            expect(u).toBe(i >= begin && i < begin + n ? uniformAt([a, b], i - begin) : -1),
          );
        },
      ),
      { numRuns: 50 },
    );
    for (const index of [0, 4, 2 ** 31 - 4, 2 ** 32 - 8]) {
      const range = { index, count: 4, rows: 0, order: 0, width: 4, sums: 0, scratch: 0 };
      const key = { key0: 3, key1: 2 ** 32 - 5 };
      writeCall(slab.words, 0, 'uniform', range, () => pool.byteOffset, key);
      slab.kernels.uniform(0);
      for (let i = 0; i < 4; i++) expect(pool[i]).toBe(uniformAt([3, 2 ** 32 - 5], index + i));
    }
  });

  it('lie in (0, 1) and are uniform, singly and in pairs', async () => {
    for (const key of [streamKey(0, 0, 0), streamKey(1, 2, 3), [0, 0] as Key]) {
      const u = await stream(key);
      const bins = new Float64Array(1024);
      const pairs = new Float64Array(1024);
      const low = new Float64Array(256);
      u.forEach((x, i) => {
        if (!(x > 0 && x < 1)) throw new Error(`u = ${x}`);
        bins[Math.floor(x * 1024)]!++;
        low[Math.floor(x * 2 ** 23) % 256]!++;
        if (i % 2 === 1) pairs[Math.floor(u[i - 1]! * 32) * 32 + Math.floor(x * 32)]!++;
      });
      expect(Math.abs(chiSquareDeviation(bins, count))).toBeLessThan(4);
      expect(Math.abs(chiSquareDeviation(low, count))).toBeLessThan(4);
      expect(Math.abs(chiSquareDeviation(pairs, count / 2))).toBeLessThan(4);
    }
  });

  it('are not correlated within a stream, at any short lag or power of two', async () => {
    const u = await stream(streamKey(7, 0, 0));
    for (const lag of [1, 2, 3, 4, 5, 8, 64, 1024, 65536]) {
      expect(Math.abs(correlation(u.subarray(0, count - lag), u.subarray(lag)))).toBeLessThan(4.5);
    }
  });

  it('are not correlated between neighbouring seeds, steps and streams, nor shifted copies', async () => {
    const base = await stream(streamKey(7, 100, 5));
    for (const [seed, step, id] of [
      [8, 100, 5],
      [7, 101, 5],
      [7, 100, 6],
      [100, 7, 5],
      [5, 100, 7],
    ] as const) {
      const other = await stream(streamKey(seed, step, id));
      for (const lag of [0, 1, 2, 4, 256]) {
        expect(Math.abs(correlation(base.subarray(0, count - lag), other.subarray(lag)))).toBeLessThan(4.5);
        expect(Math.abs(correlation(other.subarray(0, count - lag), base.subarray(lag)))).toBeLessThan(4.5);
      }
    }
  });

  it('gives every triple its own key and refuses what is no whole number', () => {
    const keys = new Set<string>();
    for (let seed = 0; seed < 20; seed++)
      for (let step = 0; step < 20; step++)
        for (let id = 0; id < 20; id++) keys.add(streamKey(seed, step, id).join());
    expect(keys.size).toBe(8000);
    for (const bad of [-1, 0.5, NaN, 2 ** 53]) expect(() => streamKey(0, bad, 0)).toThrow(KernelError);
  });
});

describe('dropout masks', () => {
  it('are 0 below the rate and 1 / (1 - rate) above, with a mean of 1', async () => {
    const slab = await Slab.create(Slab.bytesFor(count));
    const mask = slab.allocate(count - 1);
    const key = streamKey(1, 1, 1);
    for (const rate of [0, 0.1, 0.5, 0.999]) {
      fillDropoutMask(mask, key, rate);
      let sum = 0;
      mask.forEach((x, i) => {
        if (x !== (uniformAt(key, i) < Math.fround(rate) ? 0 : Math.fround(1 / (1 - Math.fround(rate)))))
          throw new Error(`mask[${i}] = ${x} at rate ${rate}`);
        sum += x;
      });
      const deviation = Math.sqrt(rate / (1 - rate) / mask.length);
      expect(Math.abs(sum / mask.length - 1)).toBeLessThanOrEqual(4 * deviation);
    }
    for (const rate of [-0.1, 1, NaN]) expect(() => fillDropoutMask(mask, key, rate)).toThrow(KernelError);
  });
});
