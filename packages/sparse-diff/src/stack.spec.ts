import fc from 'fast-check';
import { applyDiff } from './apply.ts';
import { ArgumentError, TensorError } from './errors.ts';
import { createManifest } from './manifest.ts';
import { DiffStack } from './stack.ts';
import { bases, copyOf, diffOf, fingerprint, numbersOf, snapshot, Unreadable } from './testing.ts';
import type { Base, DiffTensor, SparseDiff } from './types.ts';

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

  const base = (): Base => new Map([['w', { shape: [3], data: Float32Array.of(1, -0, NaN) }]]);
  const diff = (task: string, ...tensors: DiffTensor[]): SparseDiff => ({
    manifest: createManifest({ base: { fingerprint }, task }),
    tensors,
  });
  const head = (...values: number[]): DiffTensor => ({
    ...{ name: 'head', shape: [2], operation: 'replace-dense' },
    ...{ positions: new Uint32Array(0), values: Float32Array.from(values) },
  });
  const add = (name: string, size: number, value: number): DiffTensor => ({
    ...{ name, shape: [size], operation: 'add' },
    ...{ positions: Uint32Array.of(1), values: Float32Array.of(value) },
  });

  it('takes nothing off where a diff above needs what the lower one brings, and says which', () => {
    const changed = base();
    const stack = new DiffStack(changed, fingerprint);
    const diffs = [
      diff('brings', add('w', 3, 2), head(1, 2)),
      diff('between', add('w', 3, 0.5)),
      diff('needs', add('w', 3, 1), add('head', 2, 5)),
    ] as const;
    diffs.forEach((each) => stack.apply(each));
    const before = snapshot(changed);
    expect(() => stack.remove(diffs[0])).toThrow(TensorError);
    expect(() => stack.remove(diffs[0])).toThrow(
      'tensor "head": the diff above it, of task "needs" (number 2 of the stack), changes it, and would find that ' +
        'the base does not have it; remove that diff first',
    );
    expect(snapshot(changed)).toEqual(before);
    expect(stack.diffs).toEqual(diffs);
    stack.remove(diffs[2]);
    stack.remove(diffs[0]);
    const expected = base();
    applyDiff(expected, diffs[1], fingerprint);
    expect(snapshot(changed)).toEqual(snapshot(expected));
  });

  it('keeps a diff that brings the tensor itself', () => {
    const changed = base();
    const stack = new DiffStack(changed, fingerprint);
    const [first, second] = [diff('a', head(1, 2)), diff('b', head(3, 4))];
    stack.apply(first);
    stack.apply(second);
    stack.remove(first);
    expect([...changed.get('head')!.data]).toEqual([3, 4]);
    stack.remove(second);
    expect([...changed.keys()]).toEqual(['w']);
  });

  it('is as it was where putting a diff back fails halfway', () => {
    const changed = base();
    const stack = new DiffStack(changed, fingerprint);
    const values = new Unreadable(2);
    const dense = { ...head(), name: 'tail', values };
    const diffs = [diff('a', add('w', 3, 2), head(1, 2)), diff('b', add('w', 3, 4), head(5, 6), dense)];
    diffs.forEach((each) => stack.apply(each));
    const before = snapshot(changed);
    values.readable = false;
    expect(() => stack.remove(diffs[0]!)).toThrow('out of memory');
    expect(snapshot(changed)).toEqual(before);
    expect(stack.diffs).toEqual(diffs);
    values.readable = true;
    stack.remove(diffs[0]!);
    stack.remove(diffs[1]!);
    expect(snapshot(changed)).toEqual(snapshot(base()));
  });
});
