import { createManifest, encodeDiff, entropyBits, type DiffTensor } from '@diffprune/sparse-diff';
import { Zstd } from '@hpcc-js/wasm-zstd';
import { gzipSync } from 'node:zlib';
import { density, elementCount } from './random-diff.ts';
import type { DiffOf } from './trained-diff.ts';

/** Bytes that a diff takes in its file and in other ways, and bits of its positions. */
export interface DiffSizes {
  readonly entries: number;
  readonly file: number;
  /** Bits of a position in the file, on average. */
  readonly positionBits: number;
  /** The same, over the least that positions at random can take. */
  readonly overEntropy: number;
  /** An int32 position and an fp32 value for each entry; a head's values alone. */
  readonly pairs: number;
  readonly gzip: number;
  readonly zstd: number;
  /** The whole model in half precision. */
  readonly denseHalf: number;
}

/** Positions and values of each tensor, as they lie in memory. */
function pairsOf(tensors: readonly DiffTensor[]): Buffer {
  const bytes = ({ buffer, byteOffset, byteLength }: Uint32Array | Float32Array) =>
    new Uint8Array(buffer, byteOffset, byteLength);
  return Buffer.concat(tensors.flatMap(({ positions, values }) => [bytes(positions), bytes(values)]));
}

/** Levels: the highest of gzip's, and of zstd's that need no more memory to unpack than others. */
const level = { gzip: 9, zstd: 19 } as const;

export async function diffSizes({ parameters, tensors }: DiffOf): Promise<DiffSizes> {
  const manifest = createManifest({ base: { fingerprint: '0'.repeat(64), parameters }, density });
  const encoded = encodeDiff({ manifest, tensors });
  const sparse = encoded.tensors.filter(({ operation }) => operation === 'add');
  const sum = (of: (tensor: (typeof sparse)[number]) => number): number =>
    sparse.reduce((all, tensor) => all + of(tensor), 0);
  const entries = sum(({ count }) => count);
  const bits = sum(({ positionBytes }) => 8 * positionBytes);
  const pairs = pairsOf(tensors);
  const zstd = await Zstd.load();
  const head = tensors.filter(({ operation }) => operation === 'replace-dense');
  return {
    entries,
    file: encoded.bytes.length,
    positionBits: bits / entries,
    overEntropy: bits / sum((tensor) => entropyBits(tensor.count, elementCount(tensor))),
    pairs: pairs.length,
    gzip: gzipSync(pairs, { level: level.gzip }).length,
    zstd: zstd.compress(pairs, level.zstd).length,
    denseHalf: 2 * head.reduce((all, { values }) => all + values.length, parameters),
  };
}
