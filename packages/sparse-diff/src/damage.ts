/** Files of every kind, and ways to damage them. */
import { encodeDiff } from './encode.ts';
import { Tensor } from './generated/tables.ts';
import { createManifest } from './manifest.ts';
import { decodeMessage, encodeMessage, type Message } from './message.ts';
import { concatenate, delimited, fingerprint, randomPositions, splitFile, withChecksum } from './testing.ts';
import type { Base, DiffTensor, Operation, SparseDiff, ValueCoding } from './types.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A base of three tensors. */
export function makeBase(next: () => number): Base {
  const shapes: Record<string, number[]> = { embeddings: [100, 32], 'layer.0.weight': [24, 48], bias: [48] };
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, data: Float32Array.from({ length }, () => next() - 0.5) }];
    }),
  );
}

/** Files of every operation and value coding, from 400 bytes to 10 kB. */
export function makeCorpus(base: Base, next: () => number): Uint8Array[] {
  const operations: Operation[] = ['add', 'set', 'zero', 'replace-sparse'];
  const codings: readonly (readonly [coding: ValueCoding, scale: number])[] = [
    ...(['fp32', 'fp16', 'bf16', 'int8', 'int4', 'sign'] as const).map((coding) => [coding, 1] as const),
    ['fp16', 1e-7], // which gets a scale
  ];
  return codings.flatMap(([coding, scale], i) =>
    [0.01, 0.5].map((density) => {
      const tensors = [...base].map(([name, { shape, data }], j): DiffTensor => {
        const operation = operations[(i + j) % operations.length]!;
        const positions = randomPositions(data.length, density, next);
        const count = operation === 'zero' ? 0 : positions.length;
        return {
          name,
          shape,
          operation,
          positions,
          values: Float32Array.from({ length: count }, () => scale * (next() - 0.5)),
        };
      });
      const all = {
        name: 'bias',
        shape: [48],
        operation: 'add' as const,
        positions: Uint32Array.from({ length: 48 }, (_, p) => p),
      };
      const head = {
        name: 'head',
        shape: [2, 20],
        operation: 'replace-dense' as const,
        positions: new Uint32Array(0),
      };
      const diff: SparseDiff = {
        manifest: createManifest({
          base: { fingerprint, parameters: 9000, architecture: { hidden_size: 48 } },
          task: 'sst2',
          labels: ['negative', 'positive'],
          texts: 2,
          metrics: { accuracy: 0.9 },
          hyperparameters: { rate: 1e-5, schedule: 'linear', clip: true },
        }),
        tensors: [
          ...tensors.slice(0, 2),
          { ...all, values: new Float32Array(48).fill(0.25) },
          { ...head, values: new Float32Array(40).fill(0.5) },
        ],
      };
      return encodeDiff(diff, { values: coding }).bytes;
    }),
  );
}

/** One to three changes to a file of the corpus, its checksum put right in four cases of five. */
export function mutate(corpus: readonly Uint8Array[], next: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(next() * limit);
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;
  let bytes: Uint8Array = pick(corpus).slice();
  for (let changes = 1 + below(3); changes > 0; changes--) {
    const at = below(bytes.length);
    const end = Math.min(bytes.length, at + 1 + below(40));
    switch (below(9)) {
      case 0:
        if (bytes.length > 0) bytes[at]! ^= 1 << below(8);
        break;
      case 1:
        if (bytes.length > 0) bytes[at] = pick([0, 1, 0x7f, 0x80, 0xff, below(256)]);
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes = concatenate(
          bytes.subarray(0, at),
          Array.from({ length: 1 + below(9) }, () => below(256)),
          bytes.subarray(at),
        );
        break;
      case 4:
        bytes = concatenate(bytes.subarray(0, at), bytes.subarray(end));
        break;
      case 5: {
        const other = pick(corpus);
        bytes = concatenate(bytes.subarray(0, at), other.subarray(below(other.length)));
        break;
      }
      case 6:
        bytes = withParts(pick(corpus), (parts) => {
          const [from, to] = [below(parts.length), below(parts.length)];
          return pick([
            parts.toSpliced(from, 1),
            parts.toSpliced(to, 0, parts[from]!),
            parts.with(to, parts[from]!),
          ]);
        });
        break;
      case 7:
        bytes = withParts(pick(corpus), (parts) => {
          const unknown = delimited(
            3 + below(30),
            Array.from({ length: below(20) }, () => below(256)),
          );
          return parts.toSpliced(1 + below(parts.length), 0, unknown);
        });
        break;
      case 8:
        bytes = withParts(pick(corpus), (parts) => {
          const index = 2 + below(4);
          return parts.with(index, lyingTensor(parts[index]!, below, pick));
        });
    }
  }
  return bytes.length > 13 && below(5) > 0 ? withChecksum(bytes) : bytes;
}

function withParts(file: Uint8Array, change: (parts: Uint8Array[]) => Uint8Array[]): Uint8Array {
  return withChecksum(concatenate(...change(splitFile(file)), [0x7d, 0, 0, 0, 0]));
}

/** A tensor's field with numbers and bytes that are well formed and wrong. */
function lyingTensor(
  part: Uint8Array,
  below: (limit: number) => number,
  pick: <Item>(items: readonly Item[]) => Item,
): Uint8Array {
  const start = part.findIndex((byte, i) => i > 0 && byte < 128) + 1;
  const tensor: Writable<Message<typeof Tensor>> = decodeMessage(Tensor, part.slice(start), 0, 64);
  const number = (): number =>
    pick([0, 1, 2, 47, 48, 49, 6400, 2 ** 16, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, below(9000)]);
  const cut = (bytes: Uint8Array): Uint8Array =>
    pick([bytes.subarray(1), bytes.subarray(0, -1), concatenate(bytes, [0]), concatenate(bytes, bytes)]);
  const codings = ['fp32', 'fp16', 'bf16', 'int8', 'int4', 'sign', 'scaledFp16'] as const;
  switch (below(7)) {
    case 0:
      tensor.count = number();
      break;
    case 1:
      tensor.modulus = number();
      break;
    case 2:
      tensor.shape = Array.from({ length: below(4) }, number);
      break;
    case 3:
      tensor.operation = below(8);
      break;
    case 4:
      tensor.positions = cut(tensor.positions);
      break;
    case 5:
      for (const coding of codings) if (tensor[coding]) tensor[coding] = cut(tensor[coding]);
      break;
    case 6:
      for (const coding of codings) {
        const values = tensor[coding];
        if (!values) continue;
        tensor[coding] = undefined;
        tensor[pick(codings)] = values;
        break;
      }
  }
  const message = encodeMessage(Tensor, tensor);
  return message.length < 2 ** 14 ? delimited(2, message) : part;
}
