import { applyDiff } from './apply.ts';
import { decodeDiff } from './decode.ts';
import { encodeDiff } from './encode.ts';
import { FormatError } from './errors.ts';
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
