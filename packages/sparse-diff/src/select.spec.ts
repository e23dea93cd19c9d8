import fc from 'fast-check';
import { random } from '@diffprune/testing/random';
import { ArgumentError, TensorError } from './errors.ts';
import { selectLargest } from './select.ts';

type Tensors = { name: string; data: Float32Array }[];

/** By sorting everything: larger magnitudes first, then the order of tensors and positions. */
function bySorting(tensors: Tensors, k: number): Map<string, Uint32Array> {
  const all = tensors.flatMap(({ data }, tensor) =>
    [...data].map((value, i) => ({ tensor, i, size: Math.abs(value) })),
  );
  all.sort((a, b) => (a.size === b.size ? a.tensor - b.tensor || a.i - b.i : a.size < b.size ? 1 : -1));
  const kept = all.slice(0, k);
  return new Map(
    tensors.map(({ name }, tensor) => [
      name,
      Uint32Array.from(kept.filter((entry) => entry.tensor === tensor).map(({ i }) => i)).sort(),
    ]),
  );
}

/** Few different values, so that ties are common; infinities, subnormal numbers and both zeros too. */
const values = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 1.5, 1e-40, -1e-40, Infinity, -Infinity),
  fc.float({ noNaN: true }),
);
const cases = fc
  .array(fc.array(values, { maxLength: 20 }), { maxLength: 5 })
  .map((lists): Tensors => lists.map((list, i) => ({ name: `t${i}`, data: Float32Array.from(list) })))
  .chain((tensors) =>
    fc.tuple(fc.constant(tensors), fc.nat(tensors.reduce((sum, { data }) => sum + data.length, 0))),
  );

describe('selectLargest', () => {
  it('keeps what sorting keeps, ties by tensor and position', () => {
    fc.assert(
      fc.property(cases, ([tensors, k]) => {
        expect(selectLargest(tensors, k)).toEqual(bySorting(tensors, k));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps exactly k of many', () => {
    const next = random(1);
    const tensors = ['a', 'b', 'c'].map((name) => ({
      name,
      data: Float32Array.from({ length: 100_000 }, () => next() - 0.5),
    }));
    const selected = selectLargest(tensors, 1500);
    expect([...selected.values()].reduce((sum, positions) => sum + positions.length, 0)).toBe(1500);
    expect(selected).toEqual(bySorting(tensors, 1500));
  });

  it('refuses NaN by name and element, and a k that cannot be', () => {
    const tensors = [{ name: 'w', data: Float32Array.of(1, NaN) }];
    expect(() => selectLargest(tensors, 1)).toThrow('tensor "w": element 1 is NaN');
    expect(() => selectLargest(tensors, 1)).toThrow(TensorError);
    for (const k of [-1, 1.5, 3]) {
      expect(() => selectLargest([{ name: 'w', data: new Float32Array(2) }], k)).toThrow(ArgumentError);
    }
  });
});
