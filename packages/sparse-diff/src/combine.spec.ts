import fc from 'fast-check';
import { combineDiffs } from './combine.ts';
import { ArgumentError, TensorError, WrongBaseError } from './errors.ts';
import { createManifest } from './manifest.ts';
import { fingerprint } from './testing.ts';
import type { DiffTensor, SparseDiff } from './types.ts';

const manifest = createManifest({ base: { fingerprint } });
const diff = (...tensors: DiffTensor[]): SparseDiff => ({ manifest, tensors });
const add = (name: string, entries: Record<number, number>): DiffTensor => ({
  name,
  shape: [10],
  operation: 'add',
  positions: Uint32Array.from(Object.keys(entries), Number),
  values: Float32Array.from(Object.values(entries)),
});
const head = (...values: number[]): DiffTensor => ({
  name: 'head',
  shape: [values.length],
  operation: 'replace-dense',
  positions: new Uint32Array(0),
  values: Float32Array.from(values),
});

describe('combineDiffs', () => {
  it('is the weighted sum, rounded once', () => {
    const entries = fc.dictionary(fc.nat(9).map(String), fc.float({ min: -8, max: 8, noNaN: true }));
    const terms = fc.array(fc.tuple(entries, fc.double({ min: -2, max: 2, noNaN: true })), { minLength: 1 });
    fc.assert(
      fc.property(terms, (list) => {
        const combined = combineDiffs(
          list.map(([entries, weight]) => ({ diff: diff(add('w', entries)), weight })),
          manifest,
        );
        const sums = new Map<number, number>();
        for (const [entries, weight] of list) {
          for (const [position, value] of Object.entries(entries)) {
            sums.set(Number(position), (sums.get(Number(position)) ?? 0) + weight * value);
          }
        }
        const positions = [...sums.keys()].sort((a, b) => a - b);
        const values = positions.map((position) => Math.fround(sums.get(position)!));
        expect([...combined.tensors[0]!.positions]).toEqual(positions);
        expect([...combined.tensors[0]!.values].map((v) => v + 0)).toEqual(values.map((v) => v + 0));
      }),
    );
  });

  it('keeps tensors of one diff and mixes heads that all have', () => {
    const combined = combineDiffs(
      [
        { diff: diff(add('a', { 1: 1 }), head(1, 2)), weight: 0.5 },
        { diff: diff(add('b', { 2: 4 }), head(3, 6)), weight: 0.25 },
      ],
      manifest,
    );
    expect(combined.tensors).toEqual([add('a', { 1: 0.5 }), head(1.25, 2.5), add('b', { 2: 1 })]);
  });

  it('refuses what is not linear or does not fit', () => {
    const refused = (error: unknown, ...diffs: SparseDiff[]) =>
      expect(() =>
        combineDiffs(
          diffs.map((diff) => ({ diff, weight: 1 })),
          manifest,
        ),
      ).toThrow(error as never);
    const one = diff(add('w', { 1: 1 }));
    refused(ArgumentError);
    refused('only 1 of 2 diffs have it', diff(head(1)), one);
    const only = '; only add with add, and replace-dense with replace-dense, can be';
    const set = diff({ ...add('w', { 1: 1 }), operation: 'set' });
    const pruned = diff({ ...add('w', { 1: 1 }), operation: 'replace-sparse' });
    refused(`tensor "w": set cannot be combined${only}`, set);
    refused(`tensor "w": set cannot be combined${only}`, set, set);
    refused(`tensor "w": replace-sparse and add cannot be combined${only}`, pruned, one);
    refused(`tensor "w": add and replace-sparse cannot be combined${only}`, one, one, pruned);
    refused(TensorError, one, diff({ ...add('w', { 1: 1 }), shape: [5, 2] }));
    const other = { ...one, manifest: createManifest({ base: { fingerprint: 'f'.repeat(64) } }) };
    refused(WrongBaseError, one, other);
    const adapters = { kind: 'houlsby', bottleneck: 8, nonLinearity: 'gelu' };
    const adapted = { ...diff(head(1)), manifest: { ...manifest, adapters } };
    refused('adapters cannot be combined', adapted, adapted);
    expect(() => combineDiffs([{ diff: one, weight: NaN }], manifest)).toThrow(ArgumentError);
  });
});
