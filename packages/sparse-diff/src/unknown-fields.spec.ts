import { applyDiff } from './apply.ts';
import { decodeDiff } from './decode.ts';
import { encodeDiff } from './encode.ts';
import { ArgumentError, FormatError } from './errors.ts';
import { createManifest } from './manifest.ts';
import { delimited, fingerprint, joinFile, splitFile } from './testing.ts';
import type { Base, SparseDiff } from './types.ts';

const diff: SparseDiff = {
  manifest: createManifest({ base: { fingerprint, parameters: 4 }, task: 'sst2' }),
  tensors: [
    { name: 'w', shape: [4], operation: 'add', positions: Uint32Array.of(2), values: Float32Array.of(0.5) },
  ],
};
const [header, manifest, tensor] = splitFile(encodeDiff(diff).bytes).map((part) => [...part]) as [
  number[],
  number[],
  number[],
];
/** A message's content: both messages here are shorter than 128 bytes, apart from the fingerprint's manifest. */
const content = (field: number[]) => field.slice(field[1]! < 128 ? 2 : 3);

describe('fields of a later minor version', () => {
  const later = header.with(7, 9);
  const text = [0xa2, 0x06, 3, 1, 2, 3]; // field 100, bytes
  const number = [0xa8, 0x06, 0x96, 0x01]; // field 101, varint
  const extra = delimited(20, [7, 7]);
  const bytes = joinFile(
    later,
    delimited(1, [...content(manifest), ...text]),
    delimited(2, [...number, ...content(tensor)]),
    extra,
  );

  it('are ignored', () => {
    const base: Base = new Map([['w', { shape: [4], data: new Float32Array(4) }]]);
    applyDiff(base, decodeDiff(bytes), fingerprint);
    expect([...base.get('w')!.data]).toEqual([0, 0, 0.5, 0]);
  });

  it('are kept, and written again', () => {
    const decoded = decodeDiff(bytes);
    expect(decoded.manifest.unknown).toEqual([Uint8Array.from(text)]);
    expect(decoded.tensors[0]!.unknown).toEqual([Uint8Array.from(number)]);
    expect(decoded.unknown).toEqual([extra]);
    expect(decodeDiff(encodeDiff(decoded).bytes)).toEqual(decoded);
  });
});

describe("a manifest's adapters", () => {
  const adapters = { kind: 'houlsby', bottleneck: 64, nonLinearity: 'gelu_new' };
  const withAdapters = { ...diff, manifest: { ...diff.manifest, adapters } };
  const { bytes } = encodeDiff(withAdapters);
  const [begin, told, rest] = splitFile(bytes) as [Uint8Array, Uint8Array, Uint8Array];

  it('are written as version 2, which a reader of version 1 refuses', () => {
    expect([bytes[6], bytes[7]]).toEqual([2, 0]);
    expect(decodeDiff(bytes).manifest.adapters).toEqual(adapters);
    expect(encodeDiff(decodeDiff(bytes)).bytes).toEqual(bytes);
    expect(encodeDiff(diff).bytes[6]).toBe(1);
  });

  it('are refused in a file of version 1, which would be passed over by its readers', () => {
    const first = joinFile(begin.with(6, 1), told, rest);
    expect(() => decodeDiff(first)).toThrow(FormatError);
    expect(() => decodeDiff(first)).toThrow('adapters in a file of version 1');
  });

  it('are refused with a field that is not known, for it may change what they compute', () => {
    const known = [0x0a, 1, 0x78, 0x10, 8, 0x1a, 1, 0x79]; // kind x, bottleneck 8, non-linearity y
    const file = (fields: number[]) =>
      joinFile(begin, delimited(1, [...content(manifest), ...delimited(15, fields)]), rest);
    expect(decodeDiff(file(known)).manifest.adapters).toEqual({
      kind: 'x',
      bottleneck: 8,
      nonLinearity: 'y',
    });
    for (const unknown of [
      [0x20, 1],
      [0x2a, 1, 0],
    ]) {
      expect(() => decodeDiff(file([...known, ...unknown]))).toThrow(FormatError);
      expect(() => decodeDiff(file([...known, ...unknown]))).toThrow('adapters with an unknown field');
    }
  });

  it('cannot have a bottleneck that no model has', () => {
    for (const bottleneck of [0, 2 ** 31, 2 ** 32 - 1, 1.5, NaN]) {
      const broken = { ...adapters, bottleneck };
      expect(() => createManifest({ base: { fingerprint }, adapters: broken })).toThrow(ArgumentError);
    }
  });

  it('with a bottleneck that no model has are refused when they are read', () => {
    for (const bottleneck of [[0], [0x80, 0x80, 0x80, 0x80, 8]]) {
      const file = joinFile(
        begin,
        delimited(1, [...content(manifest), ...delimited(15, [0x10, ...bottleneck])]),
        rest,
      );
      expect(() => decodeDiff(file)).toThrow(FormatError);
      expect(() => decodeDiff(file)).toThrow('expected 1 to 2^31 - 1');
    }
  });
});

describe('fields that no version may have', () => {
  const refused = (message: string, ...parts: (number[] | Uint8Array)[]) => {
    expect(() => decodeDiff(joinFile(header, ...parts))).toThrow(message);
    expect(() => decodeDiff(joinFile(header, ...parts))).toThrow(FormatError);
  };

  it('are refused', () => {
    refused('exactly one manifest', tensor);
    refused('exactly one manifest', manifest, manifest);
    refused('comes twice', manifest, tensor, tensor);
    refused('unexpected tag', manifest, [0x18, 1]); // top-level varint
    refused('invalid wire type', manifest, delimited(2, [...content(tensor), 0x7e]));
    refused('more than 64 fields', manifest, delimited(2, [...content(tensor), ...Array(130).fill(0x10)]));
    refused(
      'more than 64 fields',
      manifest,
      delimited(2, [...delimited(2, Array(1025).fill(1)), ...content(tensor)]),
    );
    refused('index out of range', manifest, delimited(2, [...content(tensor), 0x52, 9]));
    refused('operation 9', manifest, delimited(2, [...content(tensor), 0x18, 9]));
    refused('2 positions, its shape has 1', manifest, delimited(2, [...content(tensor).with(5, 1), 0x20, 2]));
    refused('of fp32 values', manifest, delimited(2, [...content(tensor), 0x20, 2]));
    refused('ascending numbers below 2', manifest, delimited(2, content(tensor).with(5, 2)));
  });
});
