import { baseParameters } from '@diffprune/bert';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleModule } from './bundle-module.ts';
import { Child } from './child.ts';
import { diffSizes, type DiffSizes } from './diff-sizes.ts';
import type { DiffReady, DiffTimes, DiffWork } from './diff-times.ts';
import type { Effort, GroupResult } from './group.ts';
import { measureInTurns, type Series } from './measure-in-turns.ts';
import { parameterCount } from './memory-passes.ts';
import { density, randomDiff, type TensorShape } from './random-diff.ts';
import { digits, progress, range } from './report.ts';
import { roundsOf } from './rounds.ts';
import { sizes, type SizeName } from './shapes.ts';
import { measured } from './statistics.ts';
import { trainedDiff } from './trained-diff.ts';

const rounds = { tiny: [40, 20], base: [20, 8], large: [12, 0] } as const;

/** Sizes of diffs, and the times to write, read, apply and take them off. */
export async function diffGroup({ quick, threads }: Effort): Promise<GroupResult[]> {
  const measuredSizes = roundsOf(rounds, quick);
  const names = measuredSizes.map(([size]) => size);
  return [await bytesOf(names, threads), await timesOf(measuredSizes)];
}

function shapesOf(size: SizeName): TensorShape[] {
  return baseParameters(sizes[size].config).map(({ name, shape }) => ({ name, shape }));
}

/** A trained diff and random ones, in bytes. */
async function bytesOf(names: readonly SizeName[], threads: number): Promise<GroupResult> {
  const title = `Diffs of density ${density}: bytes`;
  const table = [
    [
      ...['diff', 'entries', 'bytes', 'position bits', 'vs entropy'],
      ...['int32 pairs', 'gzip of pairs', 'zstd of pairs', 'dense fp16'],
    ],
  ];
  progress('diff: training one');
  const trained = await diffSizes(await trainedDiff(threads));
  const details: Record<string, DiffSizes> = { trained };
  table.push(sizeRow('sample, trained', trained));
  for (const name of names) {
    progress(`diff ${name}: bytes`);
    const { config } = sizes[name];
    const random = await diffSizes({
      parameters: parameterCount(config),
      tensors: randomDiff(shapesOf(name)),
    });
    table.push(sizeRow(`${name}, random`, random));
    details[name] = random;
  }
  const overEntropy = Object.values(details).map((each) => each.overEntropy);
  return { title, table, details, figures: { 'position-bits-vs-entropy': Math.max(...overEntropy) } };
}

function sizeRow(
  name: string,
  { entries, file, positionBits, overEntropy, pairs, gzip, zstd, denseHalf }: DiffSizes,
): string[] {
  const bytes = [pairs, gzip, zstd, denseHalf].map(String);
  return [name, String(entries), String(file), digits(positionBits), overEntropy.toFixed(4), ...bytes];
}

/** Random diffs in milliseconds, in Node alone: before and after an ArrayBuffer was transferred. */
async function timesOf(measuredSizes: readonly [SizeName, number][]): Promise<GroupResult> {
  const title = `Diffs of density ${density}: milliseconds`;
  const table = [
    [
      ...['random diff', 'encode', 'million entries/s', 'decode', 'million entries/s', 'apply', 'revert'],
      ...['decode + apply', 'first decode + apply'],
    ],
  ];
  const figures: Record<string, number> = {};
  const details: Record<string, unknown> = {};
  const folder = await mkdtemp(join(tmpdir(), 'diffprune-bench-'));
  try {
    const bundle = await bundleModule('diff-times.ts', folder);
    for (const [size, count] of measuredSizes) {
      const start = (transfer: boolean) => () => diffTimer(bundle, { shapes: shapesOf(size), transfer });
      const series = await measureInTurns<'plain' | 'transferred', DiffTimes, DiffReady>(
        `diff ${size}`,
        { plain: start(false), transferred: start(true) },
        count,
      );
      table.push(timeRow(size, series.plain), timeRow(`${size}, after a transfer`, series.transferred));
      figures[`apply-ms/${size}`] = measured(part(series.plain, 'decodeAndApply')).median;
      details[size] = series;
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return { title, table, details, figures };
}

function diffTimer(bundle: string, work: DiffWork): Child {
  const child = Child.program(process.execPath, [bundle]);
  child.tell(work);
  return child;
}

type DiffSeries = Series<DiffTimes, DiffReady>;

function part({ rounds }: DiffSeries, name: keyof DiffTimes): number[] {
  return rounds.map((round) => round[name]);
}

function timeRow(title: string, series: DiffSeries): string[] {
  const { entries, first } = series.ready;
  const times = (name: keyof DiffTimes): string => range(measured(part(series, name)));
  const speed = (name: keyof DiffTimes): string =>
    digits(entries / 1000 / measured(part(series, name)).median);
  return [
    ...[title, times('encode'), speed('encode'), times('decode'), speed('decode')],
    ...[times('apply'), times('revert'), times('decodeAndApply'), digits(first)],
  ];
}
