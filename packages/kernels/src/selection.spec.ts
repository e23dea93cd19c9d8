import * as fc from 'fast-check';
import type { Cut, Scoring } from './index.ts';
import { KernelError, selectTop, setThreads, Slab, uniformAt, streamKey } from './index.ts';

afterEach(() => setThreads(1));

/** Copies of arrays in one slab, at odd offsets. */
async function inSlab(arrays: readonly ArrayLike<number>[]): Promise<Float32Array[]> {
  const slab = await Slab.create(arrays.reduce((sum, { length }) => sum + Slab.bytesFor(length + 1), 0));
  return arrays.map((values) => {
    const array = slab.allocate(values.length + 1).subarray(1);
    array.set(values);
    return array;
  });
}

/** 1 for the elements that a cut keeps. */
function kept(scores: Float32Array, { threshold, tieEnd }: Cut, by: Scoring): Uint8Array {
  return Uint8Array.from(scores, (x, i) => {
    const value = by === 'magnitude' ? Math.abs(x) : x;
    return value > threshold || (value === threshold && i < tieEnd) ? 1 : 0;
  });
}

/** The same by sorting all of them. */
function sorted(arrays: readonly Float32Array[], by: Scoring): (count: number) => Uint8Array[] {
  const all = arrays.flatMap((scores, array) => {
    return Array.from(scores, (x, index) => ({ array, index, x: by === 'magnitude' ? Math.abs(x) : x }));
  });
  all.sort((a, b) => (a.x === b.x ? a.array - b.array || a.index - b.index : b.x > a.x ? 1 : -1));
  return (count) => {
    const masks = arrays.map(({ length }) => new Uint8Array(length));
    for (const { array, index } of all.slice(0, count)) masks[array]![index] = 1;
    return masks;
  };
}

const score = fc.oneof(
  fc.float({ noNaN: true }), // infinite and subnormal ones among them
  fc.constantFrom(0, -0, 1, -1, 1.5, Infinity, -Infinity, 1e-45, -1e-45, 3.4e38),
  fc.integer({ min: -3, max: 3 }),
);

it('keeps those that sorting keeps, of one array and of several', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(score, { maxLength: 30 }), { minLength: 1, maxLength: 4 }),
      fc.nat(),
      fc.constantFrom('value' as const, 'magnitude' as const),
      async (values, seed, by) => {
        const arrays = await inSlab(values);
        const all = arrays.reduce((sum, { length }) => sum + length, 0);
        const count = seed % (all + 1);
        const cuts = selectTop([{ scores: arrays, count }], by)[0]!;
        expect(arrays.map((scores, i) => kept(scores, cuts[i]!, by))).toEqual(sorted(arrays, by)(count));
      },
    ),
    { numRuns: 150 },
  );
});

/** Scores as training makes them, in many pieces: bell-shaped, rounded so that some are equal, some 0. */
function bell(length: number, stream: number): Float32Array {
  const key = streamKey(5, 0, stream);
  const u = (i: number, k: number) => uniformAt(key, 3 * i + k);
  return Float32Array.from({ length }, (_, i) => {
    const x = (u(i, 0) + u(i, 1) + u(i, 2) - 1.5) * 0.1;
    return i % 5 === 0 ? Math.round(x * 1000) / 1000 : i % 97 === 0 ? -0 : x;
  });
}

const lengths = [70_003, 65_536, 66_000, 5, 1004];

describe.each(['value', 'magnitude'] as const)('by %s', (by) => {
  it('is exact over many pieces, alike on any number of threads, for several selections at once', async () => {
    const values = lengths.map(bell);
    const all = lengths.reduce((sum, length) => sum + length);
    const counts = [1, 1000, Math.floor(all * 0.15), Math.floor(all / 2), all - 1];
    const expected = counts.map(sorted(values, by));
    for (const threads of [1, 3]) {
      setThreads(threads);
      const arrays = await inSlab(values);
      const cuts = selectTop(
        counts.map((count) => ({ scores: arrays, count })),
        by,
      );
      cuts.forEach((of, i) => {
        const masks = arrays.map((scores, j) => Buffer.from(kept(scores, of[j]!, by)));
        expect(masks.every((mask, j) => mask.equals(expected[i]![j]!))).toBe(true);
      });
    }
  });

  it('of equal scores keeps the first, array by array', async () => {
    for (const value of [0, -0, 1, -2.5]) {
      const arrays = await inSlab(lengths.map((length) => new Float32Array(length).fill(value)));
      const cuts = selectTop([{ scores: arrays, count: 150_001 }], by)[0]!;
      expect(cuts.map(({ tieEnd }) => tieEnd)).toEqual([70_003, 65_536, 150_001 - 135_539, 0, 0]);
      expect(
        cuts.every(({ threshold }) => threshold === (by === 'magnitude' ? Math.abs(value) : value)),
      ).toBe(true);
    }
  });
});

it('-0 equals 0', async () => {
  const [scores] = await inSlab([[-0, 0, -1, -0, 0, 0]]);
  const [[cut]] = selectTop([{ scores: [scores!], count: 3 }], 'value') as [[Cut]];
  expect(cut).toEqual({ threshold: 0, tieEnd: 4 });
});

it('refuses NaN wherever it is, and counts that are none', async () => {
  const [scores] = await inSlab([bell(70_003, 1)]);
  for (const at of [0, 68_000, 70_001]) {
    for (const by of ['value', 'magnitude'] as const) {
      const old = scores![at]!;
      scores![at] = NaN;
      expect(() => selectTop([{ scores: [scores!], count: 5 }], by)).toThrow(
        'selectTop: array 0 of the scores has NaN in it',
      );
      scores![at] = old;
    }
  }
  for (const count of [-1, 0.5, 70_004, NaN]) {
    expect(() => selectTop([{ scores: [scores!], count }], 'value')).toThrow(KernelError);
  }
});

it('keeps all, or none, without a look', async () => {
  const [scores] = await inSlab([[NaN, 1, -Infinity]]);
  expect(selectTop([{ scores: [scores!], count: 3 }], 'value')).toEqual([
    [{ threshold: -Infinity, tieEnd: 3 }],
  ]);
  expect(selectTop([{ scores: [scores!], count: 0 }], 'value')).toEqual([
    [{ threshold: Infinity, tieEnd: 0 }],
  ]);
});
