import fc from 'fast-check';
import { random } from '@diffprune/testing/random';
import { applyDiff } from './apply.ts';
import { ArgumentError, TensorError } from './errors.ts';
import { extractTensors, type TensorPair } from './extract.ts';
import { createManifest } from './manifest.ts';
import { fingerprint } from './testing.ts';
import type { Base, DiffTensor } from './types.ts';
import { bitsOf } from './values.ts';

const manifest = createManifest({ base: { fingerprint } });

function pairs(): TensorPair[] {
  const next = random(4);
  const pair = (name: string, length: number, scale: number): TensorPair => {
    const base = Float32Array.from({ length }, () => next() - 0.5);
    const tuned = base.map((value) => (next() < 0.5 ? value : value + scale * (next() - 0.5)));
    return { name, shape: [length], base, tuned };
  };
  const head = { name: 'head', shape: [2], base: undefined, tuned: Float32Array.of(3, 4) };
  return [pair('a', 1000, 1), head, pair('b', 500, 0.01), pair('c', 500, 0)];
}
const count = (tensors: DiffTensor[], name: string): number =>
  tensors.find((tensor) => tensor.name === name)?.positions.length ?? 0;

describe('extractTensors', () => {
  it('by density over all tensors keeps the largest changes, and the head whole', async () => {
    const tensors = await extractTensors(pairs, { density: 0.1, scope: 'global' });
    expect(tensors.map(({ name, operation }) => [name, operation])).toEqual([
      ['a', 'add'],
      ['head', 'replace-dense'],
    ]);
    expect(count(tensors, 'a')).toBe(200);
    const [a] = pairs();
    const deltas = a!.tuned.map((value, i) => Math.abs(value - a!.base![i]!)).sort();
    const least = Math.min(...tensors[0]!.values.map(Math.abs));
    expect(least).toBe(deltas[1000 - 200]);
  });

  it('by density of each tensor keeps a part of each that changed', async () => {
    const tensors = await extractTensors(pairs, { density: 0.1, scope: 'tensor' });
    expect([count(tensors, 'a'), count(tensors, 'b'), count(tensors, 'c')]).toEqual([100, 50, 0]);
  });

  it('by threshold keeps what is above it', async () => {
    const tensors = await extractTensors(pairs, { threshold: 0.004 });
    expect(
      tensors
        .flatMap(({ name, values }) => (name === 'head' ? [] : [...values]))
        .every((v) => Math.abs(v) > Math.fround(0.004)),
    ).toBe(true);
    const everything = await extractTensors(pairs, { threshold: 0 });
    const [a] = pairs();
    expect(count(everything, 'a')).toBe(a!.tuned.filter((value, i) => value !== a!.base![i]).length);
  });

  it('of everything with `set` gives the tuned tensors again, and with `add` to the last bit', async () => {
    for (const operation of ['set', 'add'] as const) {
      const tensors = await extractTensors(pairs, { threshold: 0 }, operation);
      const base: Base = new Map(
        pairs().flatMap(({ name, shape, base }) => (base ? [[name, { shape, data: base }]] : [])),
      );
      applyDiff(base, { manifest, tensors }, fingerprint);
      for (const { name, tuned } of pairs()) {
        const data = base.get(name)!.data as Float32Array;
        if (operation === 'set') expect(bitsOf(data)).toEqual(bitsOf(tuned));
        else tuned.forEach((value, i) => expect(Math.abs(data[i]! - value)).toBeLessThan(6e-8));
      }
    }
  });

  it('says that entries became 0 where all of a tensor did, which takes no values', async () => {
    const base = Float32Array.of(1, -2, 3, 4);
    const zeroed = (...tuned: number[]) => [
      { name: 'a', shape: [4], base, tuned: Float32Array.from(tuned) } satisfies TensorPair,
    ];
    for (const operation of ['set', 'add'] as const) {
      const extract = (pairs: TensorPair[]) => extractTensors(() => pairs, { threshold: 0 }, operation);
      const [tensor] = await extract(zeroed(1, 0, 3, 0));
      const values = new Float32Array();
      expect(tensor).toEqual({
        name: 'a',
        shape: [4],
        operation: 'zero',
        positions: Uint32Array.of(1, 3),
        values,
      });
      for (const others of [zeroed(1, 0, 3, 0.5), zeroed(1, -0, 3, 0)]) {
        expect((await extract(others))[0]!.operation).toBe(operation);
      }
    }
  });

  it('holds one pair at a time, also from an asynchronous source', async () => {
    let passes = 0;
    const source = async function* () {
      passes++;
      for (const pair of pairs()) yield await Promise.resolve(pair);
    };
    const selection = { density: 0.1, scope: 'global' } as const;
    expect(await extractTensors(source, selection)).toEqual(await extractTensors(pairs, selection));
    expect(passes).toBe(3);
  });

  it('finds a diff again that was applied', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(99), { minLength: 1 }), async (list) => {
        const positions = Uint32Array.from(list).sort();
        const values = Float32Array.from(positions, (position) => (position + 1) / 64);
        const base: Base = new Map([['w', { shape: [100], data: new Float32Array(100).fill(2) }]]);
        const tensor: DiffTensor = { name: 'w', shape: [100], operation: 'add', positions, values };
        applyDiff(base, { manifest, tensors: [tensor] }, fingerprint);
        const pair = { name: 'w', shape: [100], base: new Float32Array(100).fill(2) };
        const source = () => [{ ...pair, tuned: base.get('w')!.data as Float32Array }];
        const density = positions.length / 100;
        expect(await extractTensors(source, { density, scope: 'global' })).toEqual([tensor]);
      }),
    );
  });

  it('refuses NaN differences, wrong lengths, twice the same name, and selections out of range', async () => {
    const nan = { name: 'w', shape: [1], base: Float32Array.of(Infinity), tuned: Float32Array.of(Infinity) };
    await expect(extractTensors(() => [nan], { threshold: 0 })).rejects.toThrow('element 0 is NaN');
    const short = { ...nan, shape: [2] };
    await expect(extractTensors(() => [short], { threshold: 0 })).rejects.toThrow(TensorError);
    const twice = { ...nan, base: Float32Array.of(1), tuned: Float32Array.of(1) };
    await expect(extractTensors(() => [twice, twice], { threshold: 0 })).rejects.toThrow('comes twice');
    for (const density of [0, 1.1, NaN]) {
      await expect(extractTensors(pairs, { density, scope: 'global' })).rejects.toThrow(ArgumentError);
    }
    await expect(extractTensors(pairs, { threshold: -1 })).rejects.toThrow(ArgumentError);
  });
});
