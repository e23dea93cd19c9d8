import { KernelError } from './errors.ts';

/**
 * Every stream of random numbers of the project, as the last argument of `streamKey(seed, step, stream)`: the first
 * number, and how many there are. Whoever draws from a stream numbers its values (`uniformAt(key, index)`). Numbers that
 * nobody has: 2^21 to 2^22 - 1, and from 2^34 on.
 *
 * (The order of examples is apart: @diffprune/glue shuffles with a generator of its own.)
 */
export const streamRanges = {
  /** Gates, or Bernoulli masks, of a parameter's entries, by the parameter's position. A value for each entry; by training step. */
  elementGates: { first: 0, count: 2 ** 20 - 1 },
  /** Gates of groups. A value for each group; by training step. */
  groupGates: { first: 2 ** 20 - 1, count: 1 },
  /** A training program's dropout masks, by their position. A value for each activation; by training step. */
  dropout: { first: 2 ** 20, count: 2 ** 20 },
  /** Fresh parameters, by their name: see {@link initialValuesStream}. Step 0. */
  initialValues: { first: 2 ** 22, count: 2 ** 32 - 1 - 2 ** 22 },
  /** The order of a pretraining epoch's rows; by epoch. */
  pretrainingOrder: { first: 2 ** 32 - 1, count: 1 },
  /** Which tokens of a pretraining row are masked, and by what, by the row's position in the text; by epoch. */
  tokenMasks: { first: 2 ** 32, count: 2 ** 32 },
  /** A pretraining row's two segments, by the row's position in the text; by epoch. */
  sentencePairs: { first: 2 ** 33, count: 2 ** 33 },
} as const;

/** The step of the sample that a diff is made of: training has fewer steps. Further samples have the steps after it. */
export const finalSampleStep = 2 ** 32;

/**
 * The number of a stream.
 *
 * @param index which one, where there are several
 * @throws KernelError if there are not as many
 */
export function streamOf(name: keyof typeof streamRanges, index = 0): number {
  const { first, count } = streamRanges[name];
  if (!(Number.isSafeInteger(index) && index >= 0 && index < count)) {
    throw new KernelError(`streamOf: ${name} ${index}, expected a whole number from 0 to ${count - 1}`);
  }
  return first + index;
}

/**
 * The stream that a fresh parameter's values are drawn from, by its name alone: the 32-bit FNV-1a hash of the name's
 * UTF-16 units (Fowler, Noll & Vo), gone on with zeros until it is one of this stream's numbers.
 */
export function initialValuesStream(parameter: string): number {
  const { first, count } = streamRanges.initialValues;
  let hash = 0x811c9dc5;
  const take = (unit: number) => (hash = Math.imul(hash ^ unit, 0x01000193) >>> 0);
  for (let i = 0; i < parameter.length; i++) take(parameter.charCodeAt(i));
  while (hash < first || hash >= first + count) take(0);
  return hash;
}
