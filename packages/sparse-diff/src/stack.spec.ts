import fc from 'fast-check';
import { applyDiff } from './apply.ts';
import { ArgumentError } from './errors.ts';
import { DiffStack } from './stack.ts';
import { bases, copyOf, diffOf, fingerprint, numbersOf, snapshot } from './testing.ts';

const cases = bases.chain((base) =>
  fc.tuple(
    fc.constant(base),
    fc.array(diffOf(base), { minLength: 1, maxLength: 4 }),
    fc.infiniteStream(fc.nat(1000)),
  ),
);

describe('DiffStack', () => {
  it('leaves the base with the diffs that remain, whatever the order of removal', () => {
    fc.assert(
      fc.property(cases, ([base, diffs, order]) => {
        const changed = copyOf(base);
        const stack = new DiffStack(changed, fingerprint);
        diffs.forEach((diff) => stack.apply(diff));
        for (let left = [...diffs]; ;) {
          const expected = copyOf(base);
          left.forEach((diff) => applyDiff(expected, diff, fingerprint));
          expect(numbersOf(changed)).toEqual(numbersOf(expected));
          expect(stack.diffs).toEqual(left);
          if (left.length === 0) break;
          const removed = left[order.next().value! % left.length]!;
          stack.remove(removed);
          left = left.filter((diff) => diff !== removed);
        }
        expect(snapshot(changed)).toEqual(snapshot(base));
      }),
    );
  });

  it('refuses a diff twice, and to remove one that is not there', () => {
    const [base] = fc.sample(bases, { numRuns: 1, seed: 1 });
    const [diff] = fc.sample(diffOf(base!), { numRuns: 1, seed: 1 });
    const stack = new DiffStack(base!, fingerprint);
    stack.apply(diff!);
    expect(() => stack.apply(diff!)).toThrow(ArgumentError);
    stack.remove(diff!);
    expect(() => stack.remove(diff!)).toThrow(ArgumentError);
  });
});
