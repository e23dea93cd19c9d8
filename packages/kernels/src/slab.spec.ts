import { adamw, fillUniform, KernelError, Slab } from './index.ts';

describe('Slab', () => {
  it('hands out aligned arrays of zeros that do not overlap', async () => {
    const lengths = [1, 4, 5, 0, 1000];
    const slab = await Slab.create(lengths.reduce((sum, length) => sum + Slab.bytesFor(length), 0));
    const arrays = lengths.map((length) => slab.allocate(length));
    arrays.forEach((array, i) => {
      expect(array.byteOffset % 16).toBe(0);
      expect(array.every((x) => x === 0)).toBe(true);
      array.fill(i + 1);
    });
    arrays.forEach((array, i) => expect(array.every((x) => x === i + 1)).toBe(true));
  });

  it('starts arrays of one length at different places of a page', async () => {
    const slab = await Slab.create(9 * Slab.bytesFor(65536));
    const places = Array.from({ length: 9 }, () => Math.floor((slab.allocate(65536).byteOffset % 4096) / 64));
    expect(new Set(places).size).toBe(9);
  });

  it('refuses what does not fit', async () => {
    const slab = await Slab.create(16);
    for (const length of [-1, 0.5, NaN, 2 ** 53]) expect(() => slab.allocate(length)).toThrow(KernelError);
    expect(() => slab.allocate(65536)).toThrow(/has room for 16384 more/);
    await expect(Slab.create(2 ** 32)).rejects.toThrow(/expected a whole number from 0 to/);
    await expect(Slab.create(-1)).rejects.toThrow(KernelError);
  });

  it('refuses arrays of another slab, of no slab, or of another length, by name', async () => {
    const [one, two] = [await Slab.create(1000), await Slab.create(1000)];
    const step = {
      step: 1,
      learningRate: 1,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      scale: 1,
    };
    const arrays = {
      parameter: one.allocate(4),
      gradient: one.allocate(4),
      m: one.allocate(4),
      v: one.allocate(4),
    };
    expect(() => adamw({ ...arrays, m: two.allocate(4) }, step)).toThrow(
      'adamw: `m` lies in another slab than `parameter`',
    );
    expect(() => adamw({ ...arrays, v: one.allocate(5) }, step)).toThrow(
      'adamw: `v` has 5 elements, `parameter` 4',
    );
    expect(() => fillUniform(new Float32Array(4), [1, 2])).toThrow('`out` lies in no slab');
  });

  it('reaches beyond 2 GiB', async () => {
    const slab = await Slab.create(2 ** 31 + 4096);
    slab.allocate(2 ** 29);
    const high = slab.allocate(7);
    expect(high.byteOffset).toBeGreaterThan(2 ** 31);
    fillUniform(high, [1, 2]);
    expect(high.every((x) => x > 0 && x < 1)).toBe(true);
  });
});
