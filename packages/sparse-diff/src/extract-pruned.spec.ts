import fc from 'fast-check';
import { applyDiff } from './apply.ts';
import { extractPruned } from './extract-pruned.ts';
import { fingerprintTensors } from './fingerprint.ts';
import { createManifest } from './manifest.ts';
import type { Base } from './types.ts';

const shape = [8];
const data = (...values: number[]) => Float32Array.from({ length: 8 }, (_, i) => values[i] ?? 0);

it('stores pruned tensors by what is left, others whole, and leaves out what is the base’s', async () => {
  const same = { name: 'same', shape, base: data(1, 2), tuned: data(1, 2) };
  const half = { name: 'half', shape, base: data(1, 2, 3), tuned: data(5, -0, 0, 7, 8) };
  const most = { name: 'most', shape, base: data(1, 2, 3), tuned: data(5, 6, 7, 8, 9) };
  const head = { name: 'head', shape, base: undefined, tuned: data(1) };
  const tensors = await extractPruned([same, half, most, head]);
  expect(tensors.map(({ name, operation, positions }) => [name, operation, [...positions]])).toEqual([
    ['half', 'replace-sparse', [0, 1, 3, 4]],
    ['most', 'replace-dense', []],
    ['head', 'replace-dense', []],
  ]);
  expect(tensors[0]!.values).toEqual(Float32Array.of(5, -0, 7, 8));
  await expect(extractPruned([same, same])).rejects.toThrow('same');
  await expect(extractPruned([{ ...same, base: data().subarray(1) }])).rejects.toThrow('same');
});

it('makes of the base what the other model is, bit for bit', async () => {
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    fc.constant(-0),
    fc.float({ noNaN: true }),
  );
  const tensor = fc.array(value, { minLength: 8, maxLength: 8 }).map((values) => Float32Array.from(values));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(tensor, tensor), { minLength: 1, maxLength: 4 }), async (models) => {
      const pairs = models.map(([base, tuned], i) => ({ name: `t${i}`, shape, base, tuned }));
      const base: Base = new Map(pairs.map(({ name, base }) => [name, { shape, data: base.slice() }]));
      const fingerprint = await fingerprintTensors(base);
      const manifest = createManifest({ base: { fingerprint } });
      applyDiff(base, { manifest, tensors: await extractPruned(pairs) }, fingerprint);
      for (const { name, tuned } of pairs) {
        const made = base.get(name)!.data as Float32Array;
        expect([...made].map((x) => Object.is(x, -0) || x)).toEqual(
          [...tuned].map((x) => Object.is(x, -0) || x),
        );
      }
    }),
  );
});
