import fc from 'fast-check';
import { applyDiff } from './apply.ts';
import { decodeDiff } from './decode.ts';
import { encodeDiff } from './encode.ts';
import { extractExact } from './extract-exact.ts';
import { fingerprintTensors } from './fingerprint.ts';
import { createManifest } from './manifest.ts';
import type { Base } from './types.ts';
import { bitsOf } from './values.ts';

const shape = [64];
const make = (value: (i: number) => number) => Float32Array.from({ length: 64 }, (_, i) => value(i));

it('stores what changed, what is left, or all, whichever is least, and nothing of what is the base’s', async () => {
  const base = make((i) => i + 1);
  const pairs = [
    { name: 'same', shape, base, tuned: base },
    { name: 'few', shape, base, tuned: make((i) => (i % 16 === 3 ? -i : i + 1)) },
    { name: 'empty', shape, base, tuned: make((i) => (i % 16 === 3 ? -i : 0)) },
    { name: 'all', shape, base, tuned: make((i) => (i + 1) / 3) },
    { name: 'head', shape, base: undefined, tuned: make(() => 0) },
  ];
  const tensors = await extractExact(pairs);
  expect(tensors.map(({ name, operation, positions }) => [name, operation, [...positions]])).toEqual([
    ['few', 'set', [3, 19, 35, 51]],
    ['empty', 'replace-sparse', [3, 19, 35, 51]],
    ['all', 'replace-dense', []],
    ['head', 'replace-dense', []],
  ]);
  await expect(extractExact([pairs[1]!, pairs[1]!])).rejects.toThrow('few');
});

it('gives the other model’s own bits, through the file, also where only the sign of a zero changed', async () => {
  const value = fc.oneof(fc.constantFrom(0, -0, 1), fc.float({ noNaN: true }));
  const tensor = fc.array(value, { minLength: 64, maxLength: 64 }).map((values) => Float32Array.from(values));
  const kept = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 64, maxLength: 64 });
  await fc.assert(
    fc.asyncProperty(
      tensor,
      tensor,
      kept,
      fc.double({ min: 0, max: 1 }),
      async (before, other, odds, share) => {
        const tuned = before.map((x, i) => (odds[i]! < share ? other[i]! : x));
        const base: Base = new Map([['t', { shape, data: before.slice() }]]);
        const fingerprint = await fingerprintTensors(base);
        const tensors = await extractExact([{ name: 't', shape, base: before, tuned }]);
        const { bytes } = encodeDiff({ manifest: createManifest({ base: { fingerprint } }), tensors });
        applyDiff(base, decodeDiff(bytes), fingerprint);
        expect(bitsOf(base.get('t')!.data as Float32Array)).toEqual(bitsOf(tuned));
      },
    ),
  );
});
