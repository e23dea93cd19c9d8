import { kernelCall, type Rows } from './piece.ts';
import type { Key } from './random.ts';
import { overVectors } from './vectors.ts';

/** How the mask of an array is drawn. */
export interface BernoulliDraw {
  /** The stream that u comes from, by the index in the array. */
  readonly key: Key;
  /** Where the arrays are a table of which the batch reads some rows: those are active. */
  readonly rows?: Rows | undefined;
}

type Arrays<Name extends string> = Readonly<Record<Name, Float32Array>>;

/**
 * A Bernoulli mask (Radiya-Dixit & Wang 2020, equations 3 and 4) for each call: out = weight where u < σ(logits), else +0.
 * Logits count as within [-60, 60]. Rows that are not active are left as they are.
 *
 * @returns how many elements of each call were dropped
 * @throws KernelError if the arrays of a call are not of one length and of one slab
 */
export function bernoulli(
  calls: readonly (readonly [Arrays<'out' | 'weight' | 'logits'>, BernoulliDraw])[],
): number[] {
  const totals = calls.map((): [number] => [0]);
  overVectors(
    calls.map(([{ out, weight, logits }, { key, rows }], i) =>
      kernelCall({
        name: 'bernoulli',
        kernels: [{ kernel: 'bernoulli', numbers: { key0: key[0], key1: key[1] } }],
        arrays: { out, weight, logits },
        written: ['out'],
        padding: { logits: Infinity }, // a padding element is never dropped
        totals: totals[i]!,
        rows,
        whole: ['out', 'weight'],
        activeOnly: true,
      }),
    ),
  );
  return totals.map(([dropped]) => dropped);
}

/**
 * The gradients of logits of each call from g = ∂L/∂θ', which they take the place of: g · weight · σ(logits)(1 -
 * σ(logits)), as if σ(logits) stood where the mask was drawn (straight-through; Zhou et al. 2019, released code). Rows that
 * are not active are not touched.
 *
 * @returns Σ (∂logits)² of each call, before clipping
 * @throws KernelError if the arrays of a call are not of one length and of one slab
 */
export function bernoulliGradients(
  calls: readonly (readonly [Arrays<'gradient' | 'weight' | 'logits'>, Pick<BernoulliDraw, 'rows'>])[],
): number[] {
  const totals = calls.map((): [number] => [0]);
  overVectors(
    calls.map(([{ gradient, weight, logits }, { rows }], i) =>
      kernelCall({
        name: 'bernoulliGradients',
        kernels: [{ kernel: 'bernoulliGradients', numbers: {} }],
        arrays: { gradient, weight, logits },
        written: ['gradient'],
        totals: totals[i]!,
        rows,
        whole: ['gradient', 'weight'],
        activeOnly: true,
      }),
    ),
  );
  return totals.map(([square]) => square);
}
