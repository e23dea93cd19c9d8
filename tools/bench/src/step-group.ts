import type { Effort, GroupResult } from './group.ts';
import { measureInTurns, times, type Series } from './measure-in-turns.ts';
import { parameterCount } from './memory-passes.ts';
import { digits, megabytes, range } from './report.ts';
import { roundsOf, stepsInARow } from './rounds.ts';
import { sizes, type SizeName } from './shapes.ts';
import { measured, ratio } from './statistics.ts';
import { stepper } from './steppers.ts';

const methods = ['full', 'diff-pruning', 'structured-diff-pruning'] as const;

const rounds = { tiny: [30, 6], mini: [20, 4], small: [16, 0], base: [10, 1] } as const;

/** Full fine-tuning against diff pruning, plain and structured, on the same engine. */
export async function stepGroup({ quick, threads }: Effort): Promise<GroupResult[]> {
  const measuredSizes = roundsOf(rounds, quick);
  const table = [
    ['step', 'ms', 'vs full', 'gate', 'program', 'update', 'compile ms', 'peak MB', 'bytes/parameter'],
  ];
  const figures: Record<string, number> = {};
  const details: Record<string, unknown> = {};
  for (const [size, count] of measuredSizes) {
    const start = (method: (typeof methods)[number]) => [
      method,
      () => stepper(size, method, threads, { steps: stepsInARow(quick) }),
    ];
    const series = await measureInTurns<(typeof methods)[number]>(
      `step ${size}`,
      Object.fromEntries(methods.map(start)),
      count,
    );
    const full = times(series.full);
    for (const method of methods) {
      table.push(row(size, method, series[method], full));
    }
    const against = (method: (typeof methods)[number]) => ratio(times(series[method]), full).median;
    figures[`diff-vs-full/${size}`] = Math.max(against('diff-pruning'), against('structured-diff-pruning'));
    figures[`diff-step-ms/${size}`] = measured(times(series['diff-pruning'])).median;
    figures[`bytes-per-parameter/${size}`] = bytesPerParameter(size, series['diff-pruning']);
    details[size] = series;
  }
  const batches = measuredSizes.map(([size]) => `${size} ${sizes[size].batch} × ${sizes[size].length}`);
  return [{ title: `Training steps (batch × length: ${batches.join(', ')})`, table, details, figures }];
}

function row(size: SizeName, method: string, series: Series, full: readonly number[]): string[] {
  const total = measured(times(series));
  const share = (part: 'gate' | 'program' | 'update'): string => digits(measured(times(series, part)).median);
  return [
    `${size}, ${method}`,
    range(total),
    digits(ratio(times(series), full).median),
    ...[share('gate'), share('program'), share('update')],
    digits(series.ready.compiling ?? NaN),
    megabytes(series.peakMemory),
    digits(bytesPerParameter(size, series)),
  ];
}

/** Peak memory of the process less the activations that the backward pass needs, for each parameter. */
function bytesPerParameter(size: SizeName, { peakMemory }: Series): number {
  return (peakMemory - activationBytes(size)) / parameterCount(sizes[size].config);
}

/**
 * What the backward pass of one batch cannot do without, in bytes: for each token and layer its input, queries, keys,
 * values, context, two normalised vectors with the two sums' dropout masks and the vector between (10 of the hidden
 * size), and before, within and after GELU (3 of the intermediate size); for each head the probabilities before and
 * after dropout and its mask. The last layer, which works on first tokens alone, is left out.
 */
function activationBytes(size: SizeName): number {
  const { config, batch, length } = sizes[size];
  const { hiddenSize, intermediateSize, numAttentionHeads, numHiddenLayers } = config;
  const token = 10 * hiddenSize + 3 * intermediateSize + 3 * numAttentionHeads * length;
  return 4 * batch * length * token * (numHiddenLayers - 1);
}
