import type { AdamWStep } from './adamw.ts';
import { adamwNumbers } from './adamw.ts';
import type { Key } from './random.ts';
import type { Call, Range, Rows } from './piece.ts';
import { overVectors } from './vectors.ts';

/**
 * A stretched hard-concrete distribution as the kernels take it. With a = e^α, at temperature 1,
 * s = u·a / (u·a + 1 - u), z = min(1, max(0, s·span + low)); the probability of z > 0 is P = a / (a + openOdds).
 * u is the stream's number, clamped to [1e-4, 1 - 1e-4]; α counts as within [-60, 60].
 */
export interface GateDistribution {
  readonly low: number;
  readonly span: number;
  readonly openOdds: number;
  readonly inverseTemperature: number;
}

/** What all elements of a call share. */
export interface GateCall {
  readonly distribution: GateDistribution;
  /** z_g, which multiplies every gate of the array; 1 without groups. */
  readonly groupGate: number;
  /** The stream that u comes from, by the index in the array. */
  readonly key: Key;
  /** Where the arrays are a table of which the batch reads some rows: those are active. */
  readonly rows?: Rows | undefined;
}

/** What the kernels of the gradient take besides: the factor before ΣP in the loss. */
export interface PenalisedGateCall extends GateCall {
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

/** Arrays of one length and of one slab, and what to do with them. */
type Calls<Name extends string, Settings extends readonly unknown[]> = readonly (readonly [
  arrays: Arrays<Name>,
  ...Settings,
])[];

/** A draw of the gates; without a key it is the deterministic gate, s = σ(α). */
type Draw = Omit<GateCall, 'key'> & { readonly key: Key | undefined };

/**
 * out = base + z_g · z(u, α) · w for each call, or without base out = z_g · z · w. `out` may be `base`. Rows that are
 * not active are left as they are.
 *
 * @throws KernelError if the arrays of a call are not of one length and of one slab
 */
export function gate(
  calls: readonly (readonly [
    arrays: Arrays<'out' | 'w' | 'alpha'> & { readonly base?: Float32Array },
    call: Draw,
  ])[],
): void {
  const kernelCalls = calls.map(([arrays, call]) => {
    const { out, w, alpha, base = out } = arrays;
    if (arrays.base === undefined) out.fill(0);
    return kernelCall({
      ...{ name: 'gate', kernels: [gateKernel(call)], rows: call.rows, activeOnly: true },
      ...{ arrays: { out, base, w, alpha }, written: ['out'], whole: ['out', 'base'] },
    });
  });
  overVectors(kernelCalls);
}

/** The kernel of `gate`, with its arguments. */
function gateKernel({ distribution, groupGate, key }: Draw) {
  const { low, span, inverseTemperature } = distribution;
  const sampled = inverseTemperature === 1 ? 'gateSampled' : 'gateTempered';
  const constants = [...(key ?? [0, 0]), groupGate, low, span, inverseTemperature];
  return {
    kernel: key === undefined ? 'gateDeterministic' : sampled,
    numbers: ({ at, index, count, rows, order, width, scratch }: Range<'out' | 'base' | 'w' | 'alpha'>) => [
      at.out,
      at.base,
      at.w,
      at.alpha,
      index,
      count,
      rows,
      order,
      width,
      scratch,
      ...constants,
    ],
  } as const;
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
  calls: Calls<'gradient' | 'alphaGradient' | 'w' | 'alpha', [call: PenalisedGateCall]>,
): GateSums[] {
  const totals = calls.map((): [number, number, number, number] => [0, 0, 0, 0]);
  const kernelCalls = calls.map(([{ gradient, alphaGradient, w, alpha }, call], i) => {
    const arrays = { gradient, alphaGradient, w, alpha };
    const { low, span, openOdds, inverseTemperature } = call.distribution;
    const constants = [
      ...[call.key[0], call.key[1], call.groupGate],
      ...[low, span, openOdds, inverseTemperature, call.penalty],
    ];
    const kernel = {
      kernel: inverseTemperature === 1 ? 'gateGradientsSampled' : 'gateGradientsTempered',
      numbers: ({ at, index, count, rows, order, width, sums, scratch }: Range<keyof typeof arrays>) => [
        at.gradient,
        at.alphaGradient,
        at.w,
        at.alpha,
        index,
        count,
        rows,
        order,
        width,
        sums,
        scratch,
        ...constants,
      ],
    } as const;
    return kernelCall({
      ...{ name: 'gateGradients', arrays, written: ['gradient', 'alphaGradient'], kernels: [kernel] },
      ...{ totals: totals[i]!, rows: call.rows, activeOnly: true },
      whole: ['gradient', 'alphaGradient'],
      padding: { alpha: -Infinity }, // a padding gate never opens: its P counts as e^-60
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
  const kernel = {
    kernel: 'gateRowSums',
    numbers: ({ at, count, rows, width, sums, scratch }: Range<'alpha'>) => {
      return [at.alpha, count, rows, width, sums, scratch, openOdds];
    },
  } as const;
  overVectors([{ name: 'gateRowSums', arrays: { alpha }, written: [], kernels: [kernel], rows, rowSums }]);
}

/** What `gateUpdate` does. */
export interface GateStep {
  readonly w: AdamWStep;
  readonly alpha: AdamWStep;
  /** Where the arrays are a table: rows that coast take a step as well, and `rowSums` are written. */
  readonly table?: (GateTable & Pick<PenalisedGateCall, 'distribution' | 'penalty'>) | undefined;
  /** The gate that comes next, with w and α as updated; not for a table. */
  readonly next?: NextGate | undefined;
}

/** out = base + z_g·z·w, as `gate` writes it. */
export interface NextGate extends Arrays<'out' | 'base'> {
  readonly distribution: GateDistribution;
  readonly groupGate: number;
  readonly key: Key;
}

/**
 * AdamW of w and of α in one pass, from what `gateGradients` wrote: writes w, alpha and the four moments, but in skipped
 * rows. With `next`, also what `gate` would write then, while w and α are at hand; its `out` may be `alphaGradient`.
 *
 * @throws KernelError if the arrays of a call are not of one length and of one slab, or an option is out of range
 */
export function gateUpdate(
  calls: Calls<
    'gradient' | 'alphaGradient' | 'w' | 'alpha' | 'mW' | 'vW' | 'mAlpha' | 'vAlpha',
    [step: GateStep]
  >,
): void {
  const kernelCalls = calls.map(([given, { w: stepW, alpha: stepAlpha, table, next }]): Call<string> => {
    const { gradient, alphaGradient, w, alpha, mW, vW, mAlpha, vAlpha } = given;
    const arrays = { gradient, alphaGradient, w, alpha, mW, vW, mAlpha, vAlpha };
    const constants = [
      ...[table?.distribution.openOdds ?? 0, table?.penalty ?? 0],
      ...adamwNumbers('gateUpdate (w)', stepW),
      ...adamwNumbers('gateUpdate (alpha)', stepAlpha),
    ];
    const update = {
      kernel: 'gateUpdate',
      numbers: ({ at, count, rows, order, width, sums, scratch }: Range<keyof typeof arrays>) => [
        at.gradient,
        at.alphaGradient,
        at.w,
        at.alpha,
        at.mW,
        at.vW,
        at.mAlpha,
        at.vAlpha,
        count,
        rows,
        order,
        width,
        sums,
        scratch,
        ...constants,
      ],
    } as const;
    const written = ['w', 'alpha', 'mW', 'vW', 'mAlpha', 'vAlpha'] as const;
    const common = { name: 'gateUpdate', arrays, written, kernels: [update] } as const;
    if (table !== undefined) {
      const whole = ['gradient', 'alphaGradient'] as const;
      return kernelCall({ ...common, whole, rows: table.rows, rowSums: table.rowSums });
    }
    if (next === undefined) return kernelCall(common);
    const { out, base, ...draw } = next;
    return kernelCall({
      ...{ name: 'gateUpdate', arrays: { ...arrays, out, base }, written: [...written, 'out'] },
      kernels: [update, gateKernel(draw)],
    });
  });
  overVectors(kernelCalls);
}

/** Itself, its names checked against its arrays. */
function kernelCall<Name extends string>(call: Call<Name>): Call<Name> {
  return call;
}
