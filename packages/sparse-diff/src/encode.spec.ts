import fc from 'fast-check';
import { decodeDiff, inspectDiff } from './decode.ts';
import { encodeDiff } from './encode.ts';
import { ChecksumError, FormatError, TensorError, VersionError } from './errors.ts';
import { createManifest } from './manifest.ts';
import { bases, diffOf, fingerprint } from './testing.ts';
import type { SparseDiff } from './types.ts';
import { bitsOf } from './values.ts';

const manifest = createManifest({ base: { fingerprint, parameters: 10 } });

/** With values as bit patterns, so that NaNs compare. */
function comparable(diff: SparseDiff): unknown {
  return {
    manifest: diff.manifest,
    tensors: diff.tensors.map((t) => ({ ...t, shape: [...t.shape], values: [...bitsOf(t.values)] })),
  };
}

describe('encodeDiff and decodeDiff', () => {
  it('give back every diff, bit for bit, from the same bytes each time', () => {
    fc.assert(
      fc.property(bases.chain(diffOf), (diff) => {
        const { bytes, tensors } = encodeDiff(diff);
        const decoded = decodeDiff(bytes);
        expect(comparable(decoded)).toEqual(comparable(diff));
        expect(encodeDiff(decoded).bytes).toEqual(bytes);
        expect(tensors.every(({ maxError }) => maxError === 0)).toBe(true);
      }),
    );
  });

  it('do not depend on the order of properties', () => {
    const of = (metrics: Record<string, number>) =>
      encodeDiff({ manifest: { ...manifest, metrics }, tensors: [] }).bytes;
    expect(of({ accuracy: 0.9, f1: 0.8 })).toEqual(of({ f1: 0.8, accuracy: 0.9 }));
  });

  it('refuse manifests that no reader would take', () => {
    const refused = (message: string, change: object) =>
      expect(() => encodeDiff({ manifest: { ...manifest, ...change }, tensors: [] })).toThrow(message);
    refused('64 hexadecimal digits', { base: { ...manifest.base, fingerprint: 'abc' } });
    refused('density 2', { density: 2 });
    refused('3 texts in an input, expected 1, 2, or 0', { texts: 3 });
    refused('rate is no number', { hyperparameters: { rate: undefined } });
    refused('262144 are allowed', { task: 'x'.repeat(2 ** 18) });
    refused('more than 4096 fields', { labels: Array(5000).fill('x') });
  });

  it('refuse tensors whose parts do not fit together', () => {
    const good = {
      name: 'w',
      shape: [2, 2],
      operation: 'add' as const,
      positions: Uint32Array.of(1, 3),
      values: Float32Array.of(1, 2),
    };
    const refused = (...tensors: SparseDiff['tensors']) =>
      expect(() => encodeDiff({ manifest, tensors })).toThrow(TensorError);
    refused({ ...good, positions: Uint32Array.of(3, 1) });
    refused({ ...good, positions: Uint32Array.of(1, 1) });
    refused({ ...good, positions: Uint32Array.of(1, 4) });
    refused({ ...good, values: Float32Array.of(1) });
    refused({ ...good, operation: 'zero' });
    refused({ ...good, operation: 'replace-dense' });
    refused({ ...good, shape: [2, 0.5] });
    refused({ ...good, shape: [2 ** 20, 2 ** 20] });
    refused({ ...good, name: '' });
    refused(good, good);
  });

  it('say what a file holds without unpacking it', () => {
    const tensor = {
      name: 'w',
      shape: [1000],
      operation: 'add' as const,
      positions: Uint32Array.of(10, 500),
      values: Float32Array.of(1, 2),
    };
    const { bytes } = encodeDiff({ manifest, tensors: [tensor] });
    expect(inspectDiff(bytes)).toEqual({
      bytes: bytes.length,
      manifest,
      tensors: [
        {
          name: 'w',
          shape: [1000],
          operation: 'add',
          count: 2,
          positionBytes: 3,
          valueCoding: 'fp32',
          valueBytes: 8,
        },
      ],
    });
  });
});

describe('decodeDiff', () => {
  const { bytes } = encodeDiff({
    manifest,
    tensors: [
      {
        name: 'w',
        shape: [100],
        operation: 'add',
        positions: Uint32Array.of(7, 70),
        values: Float32Array.of(1, -1),
      },
    ],
  });

  it('reads, and encodeDiff writes, the bytes of format 1.0', () => {
    const hexadecimal = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    expect(hexadecimal).toBe(
      '89534449464601000a440a4030313233343536373839616263646566303132333435363738396162' +
        '636465663031323334353637383961626364656630313233343536373839616263646566100a121a' +
        '0a017712016418012002282232029de03a080000803f000080bf7d32c6827d',
    );
    expect([...decodeDiff(bytes).tensors[0]!.positions]).toEqual([7, 70]);
  });

  it('writes what format 1.0 could say as 1.0, byte for byte, and marks as 1.1 what it could not', () => {
    const tensor = {
      ...{ name: 'w', shape: [100], operation: 'add' as const },
      ...{ positions: Uint32Array.of(7, 70), values: Float32Array.of(1e-3, -1e-2) },
    };
    const of = (values: Float32Array, texts: 0 | 1 | 2 = 0) =>
      encodeDiff({ manifest: { ...manifest, texts }, tensors: [{ ...tensor, values }] }, { values: 'fp16' });
    const ordinary = of(tensor.values);
    const hexadecimal = Array.from(ordinary.bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    expect(hexadecimal).toBe(
      '89534449464601000a440a4030313233343536373839616263646566303132333435363738396162' +
        '636465663031323334353637383961626364656630313233343536373839616263646566100a1216' +
        '0a017712016418012002282232029de0420419141fa17dfa20b98e',
    );
    expect(ordinary.bytes[7]).toBe(0);
    expect(of(tensor.values, 2).bytes[7]).toBe(1);
    expect(decodeDiff(of(tensor.values, 2).bytes).manifest.texts).toBe(2);
    const tiny = of(Float32Array.of(1e-8, -3e-8));
    expect(tiny.tensors[0]).toMatchObject({ valueCoding: 'scaledFp16', valueBytes: 6 });
    expect(tiny.tensors[0]!.relativeError).toBeLessThan(2 ** -11);
    expect(tiny.bytes[7]).toBe(1);
    expect(tiny.bytes.length).toBe(ordinary.bytes.length + 2);
  });

  it('refuses every truncation', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeDiff(bytes.subarray(0, length))).toThrow('cut short');
    }
  });

  it('refuses every flipped bit', () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      // The minor version is the one byte that any value may stand in; the checksum covers it.
      expect(() => decodeDiff(damaged)).toThrow(FormatError);
    }
    const damaged = bytes.slice();
    damaged[bytes.length - 8]! ^= 1;
    expect(() => decodeDiff(damaged)).toThrow(ChecksumError);
  });

  it('refuses a later major version, other files, and bytes behind the end', () => {
    const later = bytes.slice();
    later[6] = 3;
    expect(() => decodeDiff(later)).toThrow(VersionError);
    expect(() => decodeDiff(later)).toThrow('format version 3, this reader knows 1 and 2');
    expect(() => decodeDiff(new TextEncoder().encode('<!doctype html>'))).toThrow('not a sparse diff');
    expect(() => decodeDiff(Uint8Array.of(...bytes, 0x80))).toThrow('bytes behind the checksum');
  });
});
