import { type AdamWStep, kernelStep } from './adamw.ts';
import { kernelCall, type Rows } from './piece.ts';
import type { Key } from './random.ts';
import { overVectors } from './vectors.ts';

/**
 * A stretched hard-concrete distribution as the kernels take it; `gateDistribution` of @diffprune/hard-concrete makes it.
 * With a = e^α, at temperature 1, s = u·a / (u·a + 1 - u), z = min(1, max(0, s·span + low)); the probability of z > 0 is
 * P = a / (a + openOdds). u is the stream's number, clamped to [1e-4, 1 - 1e-4]; α counts as within [-60, 60].
 */
export interface GateDistribution {
  readonly low: number;
  readonly span: number;
  readonly openOdds: number;
  readonly inverseTemperature: number;
}

/** How the gates of an array are drawn. */
export interface GateDraw {
  readonly distribution: GateDistribution;
  /** The stream that u comes from, by the index in the array; left undefined, the deterministic gate: s = σ(α). */
  readonly key: Key | undefined;
  /** z_g, which multiplies every gate of the array: its group's. 1 if not given. */
  readonly groupGate?: number | undefined;
  /** Where the arrays are a table of which the batch reads some rows: those are active. */
  readonly rows?: Rows | undefined;
}

/** What gradients are taken with: the draw of the forward pass, and the price of an element's opening. */
export interface PenalisedGateDraw extends GateDraw {
  readonly key: Key;
  /** The factor before ΣP in the loss. */
  readonly penalty: number;
}

export interface GateSums {
  /** Σ (∂w)² and Σ (∂α)² of the unclipped gradients. */
  readonly squaredNormW: number;
  readonly squaredNormAlpha: number;
  /** Σ g·z·w = ∂L/∂z_g. */
  readonly groupGradient: number;
  /** ΣP, without the group's probability. */
  readonly expectedNonzeros: number;
}

type Arrays<Name extends string> = Readonly<Record<Name, Float32Array>>;

/** Several arrays to be worked on, which is quicker at once than one by one: of one length and one slab each. */
type Calls<Of, Settings> = readonly (readonly [arrays: Of, settings: Settings])[];

/**
 * out = base + z_g · z(u, α) · w for each call, or without base out = z_g · z · w. `out` may be `base`. Rows that are
 * not active are left as they are.
 *
 * @throws KernelError if the arrays of a call are not of one length and of one slab
 */
export function gate(
  calls: Calls<Arrays<'out' | 'w' | 'alpha'> & { readonly base?: Float32Array }, GateDraw>,
): void {
  const kernelCalls = calls.map(([{ out, base, w, alpha }, draw]) => {
    if (base === undefined && draw.rows !== undefined) out.fill(0); // in the rows that are not active, too
    return kernelCall({
      name: 'gate',
      kernels: [gateKernel(draw, base)],
      arrays: { out, base: base ?? out, w, alpha },
      written: ['out'],
      rows: draw.rows,
      whole: ['out', 'base'],
      activeOnly: true,
    });
  });
  overVectors(kernelCalls);
}

function gateKernel(draw: GateDraw, base: Float32Array | undefined) {
  const sampled = `gate${temperatureOf(draw)}` as const;
  const kernel = draw.key === undefined ? 'gateDeterministic' : sampled;
  return { kernel, numbers: { draw: drawNumbers(draw), based: base === undefined ? 0 : 1 } } as const;
}

/** Which kernels draw at a temperature: those for 1 and for ⅔ are quicker than those for any. */
function temperatureOf({ distribution }: GateDraw): 'Sampled' | 'TwoThirds' | 'Tempered' {
  const inverse = Math.fround(distribution.inverseTemperature);
  if (inverse === 1) return 'Sampled';
  return inverse === 1.5 ? 'TwoThirds' : 'Tempered';
}

function drawNumbers({ distribution, key, groupGate = 1 }: GateDraw) {
  return { distribution, key0: key?.[0] ?? 0, key1: key?.[1] ?? 0, groupGate };
}

/**
 * The gradients of w and α of each call, from g = ∂L/∂θ' at θ' = θ + z_g·z·w with the same key: writes
 * ∂w = g·z_g·z over `gradient`, which holds g, and ∂α = g·w·z_g·∂z/∂α + penalty·P·(1 - P) to `alphaGradient`. Rows
 * that are not active are not touched, and do not count: `gateRowSums` has what they add.
 *
 * @returns sums over both, of each call
 * @throws KernelError if the arrays of a call are not of one length and of one slab
 */
export function gateGradients(
  calls: Calls<Arrays<'gradient' | 'alphaGradient' | 'w' | 'alpha'>, PenalisedGateDraw>,
): GateSums[] {
  const totals = calls.map((): [number, number, number, number] => [0, 0, 0, 0]);
  const kernelCalls = calls.map(([{ gradient, alphaGradient, w, alpha }, draw], i) => {
    const kernel = `gateGradients${temperatureOf(draw)}` as const;
    return kernelCall({
      name: 'gateGradients',
      kernels: [{ kernel, numbers: { draw: drawNumbers(draw), penalty: draw.penalty } }],
      arrays: { gradient, alphaGradient, w, alpha },
      written: ['gradient', 'alphaGradient'],
      padding: { alpha: -Infinity }, // a padding gate never opens: its P counts as e^-60
      totals: totals[i]!,
      rows: draw.rows,
      whole: ['gradient', 'alphaGradient'],
      activeOnly: true,
    });
  });
  overVectors(kernelCalls);
  return totals.map(([squaredNormW, squaredNormAlpha, groupGradient, expectedNonzeros]) => {
    return { squaredNormW, squaredNormAlpha, groupGradient, expectedNonzeros };
  });
}

/** A table of which steps read some rows. */
export interface GateTable {
  readonly rows: Rows;
  /**
   * Two for each row: Σ(P·(1 - P))² and ΣP. Where it coasts, its gradient by α is penalty·P·(1 - P), and that by w 0.
   * Of skipped rows they mean nothing.
   */
  readonly rowSums: Float64Array;
}

/**
 * Writes the sums of a table's rows, but of skipped ones, as `gateUpdate` does for the α that it writes.
 *
 * @throws KernelError if `alpha` belongs to no slab, or has not as many elements as the rows
 */
export function gateRowSums(
  alpha: Float32Array,
  { rows, rowSums }: GateTable,
  { openOdds }: GateDistribution,
): void {
  const kernels = [{ kernel: 'gateRowSums', numbers: { openOdds } }] as const;
  overVectors([kernelCall({ name: 'gateRowSums', kernels, arrays: { alpha }, written: [], rows, rowSums })]);
}

/** What `gateUpdate` does. */
export interface GateStep {
  readonly w: AdamWStep;
  readonly alpha: AdamWStep;
  /** Where the arrays are a table: rows that coast take a step as well, and `rowSums` are written. */
  readonly table?: (GateTable & Pick<PenalisedGateDraw, 'distribution' | 'penalty'>) | undefined;
  /** The gate that comes next, with w and α as updated; not for a table. */
  readonly next?: NextGate | undefined;
}

/** out = base + z_g·z·w, or without base out = z_g·z·w, as `gate` writes it. */
export type NextGate = Arrays<'out'> & { readonly base?: Float32Array } & Omit<GateDraw, 'rows'>;

/**
 * AdamW of w and of α in one pass, from what `gateGradients` wrote: writes w, alpha and the four moments, but in skipped
 * rows. With `next`, also what `gate` would write then, while w and α are at hand; its `out` may be `alphaGradient`.
 *
 * @throws KernelError if the arrays of a call are not of one length and of one slab, or an option is out of range
 */
export function gateUpdate(
  calls: Calls<
    Arrays<'gradient' | 'alphaGradient' | 'w' | 'alpha' | 'mW' | 'vW' | 'mAlpha' | 'vAlpha'>,
    GateStep
  >,
): void {
  const kernelCalls = calls.map(([given, step]) => {
    const { table, next } = step;
    const { gradient, alphaGradient, w, alpha, mW, vW, mAlpha, vAlpha } = given;
    const arrays = { gradient, alphaGradient, w, alpha, mW, vW, mAlpha, vAlpha };
    const written = ['w', 'alpha', 'mW', 'vW', 'mAlpha', 'vAlpha'] as const;
    const numbers = {
      stepW: kernelStep('gateUpdate (w)', step.w),
      stepAlpha: kernelStep('gateUpdate (alpha)', step.alpha),
      openOdds: table?.distribution.openOdds ?? 0,
      penalty: table?.penalty ?? 0,
    };
    const common = {
      name: 'gateUpdate',
      kernels: [{ kernel: 'gateUpdate', numbers }],
      arrays,
      written,
    } as const;
    if (table !== undefined) {
      const { rows, rowSums } = table;
      return kernelCall({ ...common, rows, rowSums, whole: ['gradient', 'alphaGradient'] });
    }
    if (next === undefined) return kernelCall(common);
    return kernelCall({
      ...common,
      kernels: [...common.kernels, gateKernel(next, next.base)],
      arrays: { ...arrays, out: next.out, base: next.base ?? next.out },
      written: [...written, 'out'],
    });
  });
  overVectors(kernelCalls);
}
