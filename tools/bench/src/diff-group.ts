import { initializeParameters, parameterSize, baseParameters } from '@diffprune/bert';
import {
  applyDiff,
  createManifest,
  decodeDiff,
  encodeDiff,
  revertDiff,
  type Base,
  type DiffTensor,
  type SparseDiff,
} from '@diffprune/sparse-diff';
import { createEngine } from '@diffprune/engine';
import { defaultOptions, toDiffTensors, train } from '@diffprune/training';
import { gzipSync } from 'node:zlib';
import type { Effort, GroupResult } from './group.ts';
import { parameterCount } from './memory-passes.ts';
import { digits, progress, range } from './report.ts';
import { sizes, type SizeName } from './shapes.ts';
import { measured, type Measured } from './statistics.ts';
import { randomBase, rows, task } from './synthetic-data.ts';

const density = 0.005;
const fingerprint = '0'.repeat(64);

/** Sizes of diffs, and the times to write, read, apply and take them off. */
export async function diffGroup({ quick, threads }: Effort): Promise<GroupResult[]> {
  const sizeTable = [
    ['diff', 'entries', 'bytes', 'position bits', 'vs entropy', 'int32 pairs', 'gzip of pairs', 'dense fp16'],
  ];
  const timeTable = [['diff', 'encode ms', 'decode ms', 'apply ms', 'revert ms', 'decode + apply ms']];
  const figures: Record<string, number> = {};
  const details: Record<string, unknown> = {};
  const cases: [string, SizeName, () => DiffTensor[] | Promise<DiffTensor[]>][] = [
    ['tiny, trained', 'tiny', () => trainedDiff(threads)],
    ['tiny, random', 'tiny', () => randomDiff('tiny')],
    ['base, random', 'base', () => randomDiff('base')],
    ...(quick
      ? []
      : [['large, random', 'large', () => randomDiff('large')] as [string, SizeName, () => DiffTensor[]]]),
  ];
  for (const [name, size, make] of cases) {
    progress(`diff: ${name}`);
    const tensors = await make();
    const manifest = createManifest({
      base: { fingerprint, parameters: parameterCount(sizes[size].config) },
      density,
    });
    const diff: SparseDiff = { manifest, tensors };
    const { sizeRow, overEntropy } = sizesOf(name, size, diff);
    const times = timesOf(size, diff, quick ? 5 : 15);
    sizeTable.push(sizeRow);
    timeTable.push([name, ...Object.values(times).map(range)]);
    if (name.endsWith('random')) {
      figures['position-bits-vs-entropy'] = Math.max(overEntropy, figures['position-bits-vs-entropy'] ?? 0);
      figures[`apply-ms/${size}`] = times.decodeAndApply.median;
    }
    details[name] = { times, overEntropy };
  }
  return [
    { title: 'Diffs of density 0.005: bytes', table: sizeTable, details, figures },
    { title: 'Diffs of density 0.005: milliseconds', table: timeTable, details: {}, figures: {} },
  ];
}

/** Entries at random positions, as many in each tensor as its share. */
function randomDiff(size: SizeName): DiffTensor[] {
  const { config } = sizes[size];
  let state = 7;
  const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  return baseParameters(config).flatMap((spec) => {
    const chosen: number[] = [];
    for (let position = 0, elements = parameterSize(spec); ; position++) {
      // the gap to the next of independent draws is geometric
      position += Math.floor(Math.log(random()) / Math.log(1 - density));
      if (position >= elements) break;
      chosen.push(position);
    }
    if (chosen.length === 0) return [];
    const positions = Uint32Array.from(chosen);
    const values = initializeParameters([{ ...spec, shape: [chosen.length] }], config, 3).get(spec.name)!;
    return [{ name: spec.name, shape: spec.shape, operation: 'add', positions, values }];
  });
}

/** A diff that diff pruning made in a few steps. */
async function trainedDiff(threads: number): Promise<DiffTensor[]> {
  const { config, batch, length } = sizes.tiny;
  const run = train({
    ...{ engine: await createEngine('cpu', { threads }), config, task, method: 'diff-pruning', dev: {} },
    base: randomBase(config),
    options: { ...defaultOptions, density, batchSize: batch, maxSteps: 30 },
    train: rows(batch * 30, [length], config.vocabSize),
  });
  for (;;) {
    const { done, value } = await run.next();
    if (done) return toDiffTensors(config, { kind: 'classification', labels: 2 }, value);
  }
}

/** d · H(k / d): the bits that k of d positions at random take. */
function entropyBits(count: number, elements: number): number {
  const p = count / elements;
  return p === 0 || p === 1 ? 0 : -elements * (p * Math.log2(p) + (1 - p) * Math.log2(1 - p));
}

function sizesOf(name: string, size: SizeName, diff: SparseDiff): { sizeRow: string[]; overEntropy: number } {
  const { bytes, tensors } = encodeDiff(diff);
  const sparse = tensors.filter(({ operation }) => operation === 'add');
  const sum = (of: (tensor: (typeof sparse)[number]) => number): number =>
    sparse.reduce((all, t) => all + of(t), 0);
  const count = sum((tensor) => tensor.count);
  const bits = sum(({ positionBytes }) => 8 * positionBytes);
  const bound = sum((tensor) => entropyBits(tensor.count, parameterSize(tensor)));
  const pairs = Buffer.concat(
    diff.tensors.flatMap(({ positions, values }) => [bytesOf(positions), bytesOf(values)]),
  );
  return {
    overEntropy: bits / bound,
    sizeRow: [
      ...[name, String(count), String(bytes.length), digits(bits / count), (bits / bound).toFixed(4)],
      ...[pairs.length, gzipSync(pairs).length, 2 * parameterCount(sizes[size].config)].map(String),
    ],
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function timesOf(size: SizeName, diff: SparseDiff, rounds: number) {
  const specs = baseParameters(sizes[size].config);
  const data = randomBase(sizes[size].config);
  const base: Base = new Map(specs.map(({ name, shape }) => [name, { shape, data: data.get(name)! }]));
  const samples = { encode: [], decode: [], apply: [], revert: [], decodeAndApply: [] } as Record<
    'encode' | 'decode' | 'apply' | 'revert' | 'decodeAndApply',
    number[]
  >;
  const timed = <Result>(into: number[], work: () => Result): Result => {
    const start = performance.now();
    const result = work();
    into.push(performance.now() - start);
    return result;
  };
  for (let round = 0; round < rounds; round++) {
    const { bytes } = timed(samples.encode, () => encodeDiff(diff));
    const decoded = timed(samples.decode, () => decodeDiff(bytes));
    const undo = timed(samples.apply, () => applyDiff(base, decoded, fingerprint));
    timed(samples.revert, () => revertDiff(base, undo));
    const again = timed(samples.decodeAndApply, () => applyDiff(base, decodeDiff(bytes), fingerprint));
    revertDiff(base, again);
  }
  return Object.fromEntries(Object.entries(samples).map(([name, all]) => [name, measured(all)])) as Record<
    keyof typeof samples,
    Measured
  >;
}
