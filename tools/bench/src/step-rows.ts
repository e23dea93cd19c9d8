import { times, type Series } from './measure-in-turns.ts';
import { parameterCount } from './memory-passes.ts';
import { digits, megabytes, range } from './report.ts';
import { sizes, type SizeName } from './shapes.ts';
import { measured, ratio } from './statistics.ts';

/** The columns of a table of training steps. */
export const stepColumns = [
  ...['step', 'ms', 'vs full', 'gate', 'program', 'program vs full', 'update', 'compile ms', 'peak MB'],
  'bytes/parameter',
];

/** A method's row in a table of training steps. @param full the series that was measured in turns with it */
export function stepRow(size: SizeName, method: string, series: Series, full: Series): string[] {
  const share = (part: 'gate' | 'program' | 'update'): string => digits(measured(times(series, part)).median);
  const { total, program } = againstFull(series, full);
  return [
    `${size}, ${method}`,
    range(measured(times(series))),
    digits(total),
    ...[share('gate'), share('program'), digits(program), share('update')],
    digits(series.ready.compiling ?? NaN),
    megabytes(series.peakMemory),
    digits(bytesPerParameter(size, series)),
  ];
}

/** What a method's steps take, and its programs alone, over those of full fine-tuning. */
function againstFull(series: Series, full: Series): { readonly total: number; readonly program: number } {
  const of = (part: 'total' | 'program') => ratio(times(series, part), times(full, part)).median;
  return { total: of('total'), program: of('program') };
}

/** A method's figures by name. @param full the series that was measured in turns with it */
export function stepFigures(
  size: SizeName,
  method: string,
  series: Series,
  full: Series,
): Record<string, number> {
  const { total, program } = againstFull(series, full);
  return {
    [`method-vs-full/${method}/${size}`]: total,
    [`method-program-vs-full/${method}/${size}`]: program,
    [`method-bytes-per-parameter/${method}/${size}`]: bytesPerParameter(size, series),
  };
}

/** Peak memory of the process less the activations that the backward pass needs, for each parameter. */
export function bytesPerParameter(size: SizeName, { peakMemory }: Series): number {
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
