import type { AdamWStep } from './adamw.ts';
import { adamwNumbers } from './adamw.ts';
import type { Key } from './random.ts';
import { overVectors, type Rows } from './vectors.ts';

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
  /** Where the array is a table of which the batch reads some rows: those are active. */
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

/**
 * out = base + z_g · z(u, α) · w, or without base out = z_g · z · w. Without a key the gate is deterministic,
 * s = σ(α). `out` may be `base`. Rows that are not active
 * are left as they are.
 *
 * @throws KernelError if the arrays are not of one length and of one slab
 */
export function gate(
  arrays: Arrays<'out' | 'w' | 'alpha'> & { readonly base?: Float32Array },
  call: Omit<GateCall, 'key'> & { readonly key: Key | undefined },
): void {
  const { out, w, alpha, base = out } = arrays;
  const { distribution, groupGate, key, rows } = call;
  const { low, span, inverseTemperature } = distribution;
  if (arrays.base === undefined) out.fill(0);
  const sampled = inverseTemperature === 1 ? 'gateSampled' : 'gateTempered';
  const constants = [...(key ?? [0, 0]), groupGate, low, span, inverseTemperature];
  overVectors({
    ...{ name: 'gate', kernel: key === undefined ? 'gateDeterministic' : sampled, rows },
    ...{ arrays: { out, base, w, alpha }, written: ['out'], unread: base === out ? [] : ['out'] },
    numbers: ({ at, index, count, rows, width, scratch }) => {
      return [at.out, at.base, at.w, at.alpha, index, count, rows, width, scratch, ...constants];
    },
  });
}

/** The numbers before the sums or the optimiser's, in the kernels' order. */
function gateNumbers({ key, groupGate, distribution, penalty }: PenalisedGateCall): [...Key, ...number[]] {
  const { low, span, openOdds, inverseTemperature } = distribution;
  return [key[0], key[1], groupGate, low, span, openOdds, inverseTemperature, penalty];
}

/**
 * Sums over the gradients of w and α, from g = ∂L/∂θ' at θ' = θ + z_g·z·w with the same key:
 * ∂w = g·z_g·z, ∂α = g·w·z_g·∂z/∂α + penalty·P·(1 - P). In coasting rows g counts
 * as 0; skipped ones do not count.
 *
 * @throws KernelError if the arrays are not of one length and of one slab
 */
export function gateSums(arrays: Arrays<'gradient' | 'w' | 'alpha'>, call: PenalisedGateCall): GateSums {
  const { gradient, w, alpha } = arrays;
  const constants = gateNumbers(call);
  const totals: [number, number, number, number] = [0, 0, 0, 0];
  overVectors({
    ...{
      name: 'gateSums',
      kernel: isSampled(call) ? 'gateSumsSampled' : 'gateSumsTempered',
      rows: call.rows,
    },
    ...{ arrays: { gradient, w, alpha }, written: [], totals },
    numbers: ({ at, index, count, rows, width, sums, scratch }) => {
      return [at.gradient, at.w, at.alpha, index, count, rows, width, sums, scratch, ...constants];
    },
    padding: { alpha: -Infinity }, // a padding gate never opens: its P counts as e^-60
  });
  const [squaredNormW, squaredNormAlpha, groupGradient, expectedNonzeros] = totals;
  return { squaredNormW, squaredNormAlpha, groupGradient, expectedNonzeros };
}

/**
 * The same gradients and AdamW of w and of α in one pass: writes w, alpha and the four moments, but in skipped rows.
 *
 * @throws KernelError if the arrays are not of one length and of one slab, or an option is out of range
 */
export function gateUpdate(
  arrays: Arrays<'gradient' | 'w' | 'alpha' | 'mW' | 'vW' | 'mAlpha' | 'vAlpha'>,
  call: PenalisedGateCall,
  stepW: AdamWStep,
  stepAlpha: AdamWStep,
): void {
  const { gradient, w, alpha, mW, vW, mAlpha, vAlpha } = arrays;
  const constants = [
    ...gateNumbers(call),
    ...adamwNumbers('gateUpdate (w)', stepW),
    ...adamwNumbers('gateUpdate (alpha)', stepAlpha),
  ];
  overVectors({
    ...{ name: 'gateUpdate', kernel: isSampled(call) ? 'gateUpdateSampled' : 'gateUpdateTempered' },
    ...{ arrays: { gradient, w, alpha, mW, vW, mAlpha, vAlpha }, rows: call.rows },
    written: ['w', 'alpha', 'mW', 'vW', 'mAlpha', 'vAlpha'],
    numbers: ({ at, index, count, rows, width, scratch }) => [
      ...[at.gradient, at.w, at.alpha, at.mW, at.vW, at.mAlpha, at.vAlpha],
      ...[index, count, rows, width, scratch, ...constants],
    ],
  });
}

function isSampled({ distribution }: PenalisedGateCall): boolean {
  return distribution.inverseTemperature === 1;
}
