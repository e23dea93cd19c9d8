import fc from 'fast-check';
import { applyDiff, revertDiff } from './apply.ts';
import { TensorError, WrongBaseError } from './errors.ts';
import { createManifest } from './manifest.ts';
import { bases, copyOf, diffOf, fingerprint, snapshot, Unreadable } from './testing.ts';
import type { Base, DiffTensor, SparseDiff } from './types.ts';

const manifest = createManifest({ base: { fingerprint, parameters: 6 } });
const diffWith = (tensor: Partial<DiffTensor>): SparseDiff => ({
  manifest,
  tensors: [
    {
      name: 'w',
      shape: [2, 3],
      operation: 'add',
      positions: Uint32Array.of(1, 5),
      values: Float32Array.of(0.1, 1e-9),
      ...tensor,
    },
  ],
});
const base = (): Base => new Map([['w', { shape: [2, 3], data: Float32Array.of(1, 0.2, 3, 4, 5, 1) }]]);
const after = (diff: SparseDiff): number[] => {
  const changed = base();
  applyDiff(changed, diff, fingerprint);
  return [...changed.get('w')!.data];
};

describe('applyDiff', () => {
  it('does what each operation says', () => {
    const f = Math.fround;
    expect(after(diffWith({}))).toEqual([1, f(f(0.2) + f(0.1)), 3, 4, 5, 1]);
    expect(after(diffWith({ operation: 'set' }))).toEqual([1, f(0.1), 3, 4, 5, f(1e-9)]);
    expect(after(diffWith({ operation: 'zero', values: new Float32Array(0) }))).toEqual([1, 0, 3, 4, 5, 0]);
    expect(after(diffWith({ operation: 'replace-sparse' }))).toEqual([0, f(0.1), 0, 0, 0, f(1e-9)]);
    const dense = { operation: 'replace-dense', positions: new Uint32Array(0) } as const;
    expect(after(diffWith({ ...dense, values: Float32Array.of(6, 5, 4, 3, 2, 1) }))).toEqual([
      6, 5, 4, 3, 2, 1,
    ]);
  });

  it('is undone bit for bit, whatever stands in the base', () => {
    fc.assert(
      fc.property(
        bases.chain((base) => fc.tuple(fc.constant(base), diffOf(base))),
        ([base, diff]) => {
          const before = snapshot(base);
          const undo = applyDiff(base, diff, fingerprint);
          revertDiff(base, undo);
          expect(snapshot(base)).toEqual(before);
        },
      ),
    );
  });

  it('adds a head that the base lacks, and takes it away again', () => {
    const changed = base();
    const head = { name: 'classifier.bias', shape: [2], operation: 'replace-dense' } as const;
    const values = Float32Array.of(1, 2);
    const undo = applyDiff(
      changed,
      diffWith({ ...head, positions: new Uint32Array(0), values }),
      fingerprint,
    );
    expect(changed.get('classifier.bias')).toEqual({ shape: [2], data: values });
    expect(changed.get('classifier.bias')!.data === values).toBe(false);
    revertDiff(changed, undo);
    expect([...changed.keys()]).toEqual(['w']);
  });

  it('refuses another base, and tensors that do not fit, and changes nothing', () => {
    const changed = base();
    const refused = (diff: SparseDiff, error: unknown, given = fingerprint) => {
      const fitting = diffWith({}).tensors[0]!;
      const both = { ...diff, tensors: [fitting, ...diff.tensors] };
      expect(() => applyDiff(changed, both, given)).toThrow(error as never);
      expect(snapshot(changed)).toEqual(snapshot(base()));
    };
    refused({ manifest, tensors: [] }, WrongBaseError, 'f'.repeat(64));
    refused(diffWith({ name: 'v' }), 'the base does not have it');
    refused(diffWith({}), 'comes twice');
    changed.set('u', { shape: [3, 2], data: new Float32Array(6) });
    expect(() => applyDiff(changed, diffWith({ name: 'u' }), fingerprint)).toThrow(
      "the diff's shape is [2, 3], the base's [3, 2]",
    );
    expect(() => applyDiff(changed, diffWith({ positions: Uint32Array.of(1, 6) }), fingerprint)).toThrow(
      TensorError,
    );
  });

  it('changes fp16 and bf16 storage by sums made in fp32', () => {
    // 1 + 2^-8 is an fp16 but lies between two bf16 numbers; the tie goes to the even one.
    const half: Base = new Map([
      ['w', { shape: [2, 3], data: Uint16Array.of(0x3c00, 0x3c00, 0, 0, 0, 0x3c00), dtype: 'float16' }],
    ]);
    const brain: Base = new Map([
      ['w', { shape: [2, 3], data: Uint16Array.of(0x3f80, 0x3f80, 0, 0, 0, 0x3f80), dtype: 'bfloat16' }],
    ]);
    const diff = diffWith({ values: Float32Array.of(2 ** -8, 1) });
    const before = [copyOf(half), copyOf(brain)].map(snapshot);
    const undo = [half, brain].map((base) => applyDiff(base, diff, fingerprint));
    expect([...half.get('w')!.data]).toEqual([0x3c00, 0x3c04, 0, 0, 0, 0x4000]);
    expect([...brain.get('w')!.data]).toEqual([0x3f80, 0x3f80, 0, 0, 0, 0x4000]);
    revertDiff(half, undo[0]!);
    revertDiff(brain, undo[1]!);
    expect([half, brain].map(snapshot)).toEqual(before);
  });

  it('changes nothing where an error comes in the midst of it', () => {
    const mixed = (): Base =>
      base()
        .set('half', { shape: [3], data: Uint16Array.of(0x3c00, 0x7e01, 0x8000), dtype: 'float16' })
        .set('last', { shape: [1], data: Float32Array.of(7) });
    const values = new Unreadable([1, 2]);
    values.readable = false;
    const positions = Uint32Array.of(0, 2);
    const first = diffWith({}).tensors[0]!;
    const dense = { operation: 'replace-dense', positions: new Uint32Array(0), shape: [2] } as const;
    for (const failing of [
      { name: 'half', shape: [3], operation: 'replace-sparse', positions, values },
      { name: 'half', shape: [3], operation: 'set', positions, values },
      { ...dense, name: 'head', values },
    ] as const) {
      const changed = mixed();
      expect(() => applyDiff(changed, { manifest, tensors: [first, failing] }, fingerprint)).toThrow(
        'out of memory',
      );
      expect(snapshot(changed)).toEqual(snapshot(mixed()));
    }
  });
});

describe('revertDiff', () => {
  it('changes nothing where the base is no longer the one that the diff went on', () => {
    const changed = base().set('v', { shape: [1], data: Float32Array.of(1) });
    const second = { ...diffWith({}).tensors[0]!, name: 'v', shape: [1] };
    const other = { positions: Uint32Array.of(0), values: Float32Array.of(2) };
    const diff = { manifest, tensors: [{ ...second, ...other }, diffWith({}).tensors[0]!] };
    const undo = applyDiff(changed, diff, fingerprint);
    for (const change of [
      () => changed.delete('v'),
      () => changed.set('v', { shape: [0], data: new Float32Array(0) }),
      () => changed.set('v', { shape: [1], data: new Uint16Array(1), dtype: 'float16' }),
    ]) {
      change();
      const before = snapshot(changed);
      expect(() => revertDiff(changed, undo)).toThrow('tensor "v": the base no longer has it');
      expect(snapshot(changed)).toEqual(before);
    }
  });
});
