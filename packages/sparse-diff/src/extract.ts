import { entriesOfDensity } from './entries-of-density.ts';
import { ArgumentError, TensorError } from './errors.ts';
import { largerThan, LargestSelection } from './select.ts';
import { checkLength, checkUnique } from './tensor.ts';
import type { DiffTensor } from './types.ts';
import { bitsOf } from './values.ts';

/** A tensor of two sets of the same model; without `base` it is new (a head) and kept whole. */
export interface TensorPair {
  readonly name: string;
  readonly shape: readonly number[];
  readonly base: Float32Array | undefined;
  readonly tuned: Float32Array;
}

/** Which changed entries a diff keeps. An entry that did not change is never kept. */
export type Selection =
  /**
   * The ⌊density · d⌋ entries (`entriesOfDensity`) of largest |tuned - base|: of all tensors together, or of each tensor.
   * d is the number of their entries; `of` where it counts other tensors besides, as the base's that a head does not read.
   */
  | { readonly density: number; readonly scope: 'global'; readonly of?: number }
  | { readonly density: number; readonly scope: 'tensor' }
  /** Every entry with |tuned - base| above the threshold; 0 keeps all that changed. */
  | { readonly threshold: number };

/**
 * The difference between two sets of tensors as a diff's tensors; those without a change are left out.
 *
 * @param pairs called once, or three times for a density over all tensors, and must give the same pairs in the
 * same order; one pair is held at a time
 * @param operation `add` stores tuned - base in fp32, so that applying gives tuned up to the last bit; `set`
 * stores tuned itself. Where every entry that is kept became 0, the tensor is one of `zero`, which comes to the same
 * @throws TensorError for NaN differences, lengths that do not fit, or a name that comes twice
 * @throws ArgumentError for a density outside (0, 1] or a negative threshold
 */
export async function extractTensors(
  pairs: () => Iterable<TensorPair> | AsyncIterable<TensorPair>,
  selection: Selection,
  operation: 'add' | 'set' = 'add',
): Promise<DiffTensor[]> {
  checkSelection(selection);
  const largest =
    'scope' in selection && selection.scope === 'global'
      ? await countLargest(pairs, selection.density, selection.of)
      : undefined;
  const tensors: DiffTensor[] = [];
  const names = new Set<string>();
  for await (const pair of pairs()) {
    const { name, shape, tuned } = pair;
    checkUnique(names, name);
    const delta = difference(pair);
    if (delta === undefined) {
      const positions = new Uint32Array(0);
      tensors.push({ name, shape, operation: 'replace-dense', positions, values: tuned.slice() });
      continue;
    }
    let positions: Uint32Array;
    if ('threshold' in selection) ({ positions } = largerThan(delta, thresholdBits(selection.threshold), 0));
    else {
      const taken = (largest ?? (await countLargest(() => [pair], selection.density))).take(delta);
      positions = taken.filter((position) => delta[position] !== 0);
    }
    if (positions.length === 0) continue;
    if (positions.every((position) => Object.is(tuned[position], 0))) {
      tensors.push({ name, shape, operation: 'zero', positions, values: new Float32Array() });
      continue;
    }
    const source = operation === 'add' ? delta : tuned;
    const values = Float32Array.from(positions, (position) => source[position]!);
    tensors.push({ name, shape, operation, positions, values });
  }
  return tensors;
}

function checkSelection(selection: Selection): void {
  if ('threshold' in selection) {
    if (!(selection.threshold >= 0)) {
      throw new ArgumentError(`threshold ${selection.threshold}: expected 0 or more`);
    }
  } else if (!(selection.density > 0 && selection.density <= 1)) {
    throw new ArgumentError(`density ${selection.density}: expected 0 to 1, not 0`);
  }
}

/** The first two passes of a selection by density. */
async function countLargest(
  pairs: () => Iterable<TensorPair> | AsyncIterable<TensorPair>,
  density: number,
  of?: number,
): Promise<LargestSelection> {
  const selection = new LargestSelection();
  for await (const pair of pairs()) {
    const delta = difference(pair);
    if (delta) selection.countUpper(pair.name, delta);
  }
  const count = entriesOfDensity(density, of ?? selection.total);
  selection.keep(Math.min(count, selection.total));
  for await (const pair of pairs()) {
    const delta = difference(pair);
    if (delta) selection.countLower(delta);
  }
  return selection;
}

/** The bit pattern of the largest fp32 number up to the threshold. */
function thresholdBits(threshold: number): number {
  const rounded = Float32Array.of(threshold);
  return bitsOf(rounded)[0]! - (rounded[0]! > threshold ? 1 : 0);
}

/** tuned - base in fp32, undefined for a new tensor. */
function difference({ name, shape, base, tuned }: TensorPair): Float32Array | undefined {
  const elements = checkLength(name, shape, tuned);
  if (base === undefined) return undefined;
  checkLength(name, shape, base);
  const delta = new Float32Array(elements);
  for (let i = 0; i < elements; i++) {
    delta[i] = tuned[i]! - base[i]!;
    if (Number.isNaN(delta[i])) throw new TensorError(name, `the difference of element ${i} is NaN`);
  }
  return delta;
}
