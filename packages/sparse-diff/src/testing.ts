/** Generators of diffs and bases, and comparisons of bits, for the tests. */
import fc from 'fast-check';
import { crc32 } from './crc32.ts';
import { half } from './half.ts';
import { createManifest } from './manifest.ts';
import type { Base, DiffTensor, Manifest, Operation, SparseDiff } from './types.ts';
import { bitsOf } from './values.ts';
import { readVarint } from './varint.ts';

export const fingerprint = '0123456789abcdef'.repeat(4);

/** Any bit pattern: infinities, NaNs of every kind, subnormal numbers, both zeros. */
export const anyFloats = (length: number): fc.Arbitrary<Float32Array> =>
  fc
    .array(
      fc.oneof(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.constantFrom(0, 0x80000000, 0x7f800000, 0xff800000, 0x7f800001, 0xffc12345, 1, 0x7f7fffff),
      ),
      { minLength: length, maxLength: length },
    )
    .map((bits) => new Float32Array(Uint32Array.from(bits).buffer));

const shapes = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 3 });
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export const tensorOf = (
  name: string,
  shape: readonly number[],
  operations: readonly Operation[] = ['add', 'set', 'zero', 'replace-sparse', 'replace-dense'],
): fc.Arbitrary<DiffTensor> =>
  fc.constantFrom(...operations).chain((operation) => {
    const size = sizeOf(shape);
    const dense = operation === 'replace-dense';
    const chosen = dense || size === 0 ? fc.constant([]) : fc.subarray([...Array(size).keys()]);
    return chosen.chain((positions) =>
      anyFloats(dense ? size : operation === 'zero' ? 0 : positions.length).map((values) => ({
        name,
        shape,
        operation,
        positions: Uint32Array.from(positions),
        values,
      })),
    );
  });

const properties = fc.dictionary(
  fc.string(),
  fc.oneof(fc.double({ noNaN: true }), fc.string({ unit: 'grapheme' }), fc.boolean()),
  { noNullPrototype: true },
);

export const manifests: fc.Arbitrary<Manifest> = fc
  .record({
    architecture: properties,
    parameters: fc.maxSafeNat(),
    task: fc.string(),
    labels: fc.array(fc.string()),
    head: fc.string(),
    method: fc.string(),
    density: fc.double({ min: 0, max: 1, noNaN: true }).map((density) => density + 0),
    tokenizer: fc.string(),
    metrics: properties,
    hyperparameters: properties,
    producers: properties,
    annotations: properties,
    texts: fc.constantFrom(0, 1, 2),
    adapters: fc.option(
      fc.record({
        kind: fc.string(),
        bottleneck: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        nonLinearity: fc.string(),
      }),
      { nil: undefined },
    ),
  })
  .map(({ architecture, parameters, adapters, ...rest }) =>
    createManifest({
      ...rest,
      ...(adapters && { adapters }),
      base: { fingerprint, architecture, parameters },
    }),
  );

/** A base of a few tensors with any bits in them, and the tensors' shapes. */
export const bases: fc.Arbitrary<Base> = fc
  .array(shapes, { minLength: 1, maxLength: 4 })
  .chain((list) =>
    fc
      .tuple(...list.map((shape) => anyFloats(sizeOf(shape))))
      .map((data) => new Map(list.map((shape, i) => [`t${i}`, { shape, data: data[i]! }]))),
  );

/** A diff for (a part of) a base, with a head. */
export const diffOf = (base: Base): fc.Arbitrary<SparseDiff> =>
  fc
    .tuple(
      manifests,
      fc
        .subarray([...base.keys()])
        .chain((names) => fc.tuple(...names.map((name) => tensorOf(name, base.get(name)!.shape)))),
      fc.option(tensorOf('head', [2, 3], ['replace-dense']), { nil: undefined }),
    )
    .map(([manifest, tensors, head]) => ({ manifest, tensors: head ? [...tensors, head] : tensors }));

/** A base as bit patterns, to compare by. */
export function snapshot(base: Base): Record<string, { shape: number[]; bits: number[] }> {
  return Object.fromEntries(
    [...base].map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], bits: [...(data instanceof Float32Array ? bitsOf(data) : data)] },
    ]),
  );
}

/** A base as numbers, to compare sums by: which of two NaNs their sum is depends on the order that it is compiled in. */
export function numbersOf(base: Base): Record<string, number[]> {
  return Object.fromEntries(
    [...base].map(([name, tensor]) => [
      name,
      'dtype' in tensor ? Array.from(tensor.data, half[tensor.dtype].from) : [...tensor.data],
    ]),
  );
}

export function copyOf(base: Base): Base {
  return new Map(
    [...base].map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }] as never),
  );
}

/** Ascending positions, each of `elements` taken with probability `density`. */
export function randomPositions(elements: number, density: number, next: () => number): Uint32Array {
  const positions: number[] = [];
  const scale = Math.log1p(-density);
  for (let at = -1; ;) {
    at += 1 + Math.floor(Math.log(1 - next()) / scale);
    if (at >= elements) return Uint32Array.from(positions);
    positions.push(at);
  }
}

/** A file's header and the fields of its body, without the checksum. */
export function splitFile(bytes: Uint8Array): Uint8Array[] {
  const parts = [bytes.slice(0, 8)];
  for (let at = 8; bytes[at] !== 0x7d;) {
    const tag = readVarint(bytes, at, 0)!;
    const length = readVarint(bytes, tag.end, 0)!;
    parts.push(bytes.slice(at, length.end + length.value));
    at = length.end + length.value;
  }
  return parts;
}

export function concatenate(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}

/** A file of a header and fields, with their checksum. */
export function joinFile(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return withChecksum(concatenate(...parts, [0x7d, 0, 0, 0, 0]));
}

/** The same bytes with the right checksum in the last four. */
export function withChecksum(bytes: Uint8Array): Uint8Array {
  const fixed = bytes.slice();
  const crc = crc32(fixed.subarray(0, -5));
  new DataView(fixed.buffer).setUint32(fixed.length - 4, crc, true);
  return fixed;
}

/** A length-delimited protobuf field; `content` shorter than 2^14 bytes, `number` below 2^11. */
export function delimited(number: number, content: Uint8Array | readonly number[]): Uint8Array {
  const varint = (value: number) => (value < 128 ? [value] : [(value & 127) | 128, value >>> 7]);
  return concatenate(varint((number << 3) | 2), varint(content.length), content);
}

/** Values that can be counted but not copied: an error in the midst of an operation. */
export class Unreadable extends Float32Array {
  readable = true;

  override slice(...range: Parameters<Float32Array['slice']>) {
    this.#check();
    return super.slice(...range);
  }

  override [Symbol.iterator]() {
    this.#check();
    return super[Symbol.iterator]();
  }

  #check(): void {
    if (!this.readable) throw new RangeError('out of memory');
  }
}
