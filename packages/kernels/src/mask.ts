import { type AdamWStep, kernelStep } from './adamw.ts';
import { KernelError } from './errors.ts';
import { kernelCall } from './piece.ts';
import type { Cut } from './selection.ts';
import { overVectors } from './vectors.ts';

type Arrays<Name extends string> = Readonly<Record<Name, Float32Array>>;

/** Weights and their scores; without scores they go by their magnitude. */
type Scored = Arrays<'weight'> & { readonly score?: Float32Array | undefined };

/** Several arrays to be worked on, which is quicker at once than one by one: of one length and one slab each. */
type Calls<Of, Settings> = readonly (readonly [arrays: Of, settings: Settings])[];

/**
 * θ' = M ⊙ weight for each call: `out` is the weight where its score is kept, else 0. The cut is one that `selectTop` has
 * found (by `magnitude` where no scores are given), or of all scores above τ: `{ threshold: τ, tieEnd: 0 }`. A score that
 * is NaN is not kept.
 *
 * @throws KernelError if the arrays of a call are not of one length and of one slab
 */
export function mask(calls: Calls<Scored & Arrays<'out'>, Cut>): void {
  const kernelCalls = calls.map(([{ out, weight, score }, cut]) => {
    const common = { name: 'mask', written: ['out'] } as const;
    if (score === undefined) {
      const kernels = [{ kernel: 'magnitudeMask', numbers: { cut } }] as const;
      return kernelCall({ ...common, kernels, arrays: { out, weight } });
    }
    const kernels = [{ kernel: 'scoreMask', numbers: { cut } }] as const;
    return kernelCall({ ...common, kernels, arrays: { out, weight, score } });
  });
  overVectors(kernelCalls);
}

/** How θ' was masked, and what gradients are taken of it. */
export interface Masking {
  /** What θ' was made with. */
  readonly cut: Cut;
  /**
   * ∂L/∂weight: `masked` is that of θ' = M ⊙ weight, g ⊙ M; `straight-through` is g, so that weights which are masked
   * go on being updated (Zhu and Gupta 2018).
   */
  readonly weightGradient: 'masked' | 'straight-through';
  /** The factor before Σ σ(score) in the loss; 0 if not given. */
  readonly penalty?: number | undefined;
}

export interface MaskSums {
  /** Σ (∂weight)² and Σ (∂score)² of the unclipped gradients; the latter 0 without scores. */
  readonly squaredNormWeight: number;
  readonly squaredNormScore: number;
  /** Σ σ(score); 0 where there is no penalty. */
  readonly expectedOpen: number;
  /** How many weights are kept. */
  readonly kept: number;
}

/**
 * Sums over the gradients of each call, from g = ∂L/∂θ' at θ' = M(score) ⊙ weight: ∂weight as `weightGradient` says,
 * ∂score = g · weight + penalty · σ(score) · (1 - σ(score)), straight through the mask (Bengio et al. 2013; Sanh et al.
 * 2020, equation 2). Writes nothing: `maskUpdate` takes the gradients again.
 *
 * @throws KernelError if the arrays of a call are not of one length and of one slab
 */
export function maskGradients(calls: Calls<Scored & Arrays<'gradient'>, Masking>): MaskSums[] {
  const totals = calls.map((): [number, number, number, number] => [0, 0, 0, 0]);
  const kernelCalls = calls.map(([{ gradient, weight, score }, masking], i) => {
    const common = { name: 'maskGradients', written: [], totals: totals[i]! } as const;
    const numbers = maskingNumbers(masking);
    if (score === undefined) {
      const kernels = [{ kernel: 'magnitudeGradients', numbers }] as const;
      return kernelCall({ ...common, kernels, arrays: { gradient, weight }, padding: { weight: NaN } });
    }
    const kernels = [
      { kernel: 'scoreGradients', numbers: { ...numbers, penalty: masking.penalty ?? 0 } },
    ] as const;
    // padding is not kept, and its σ counts as e^-60
    return kernelCall({
      ...common,
      kernels,
      arrays: { gradient, weight, score },
      padding: { score: -Infinity },
    });
  });
  overVectors(kernelCalls);
  return totals.map(([squaredNormWeight, squaredNormScore, expectedOpen, kept]) => {
    return { squaredNormWeight, squaredNormScore, expectedOpen, kept };
  });
}

function maskingNumbers({ cut, weightGradient }: Masking) {
  return { cut, masked: weightGradient === 'masked' ? 1 : 0 };
}

/** What `maskUpdate` does. */
export interface MaskStep extends Masking {
  readonly weight: AdamWStep;
  /** Whether weights that were 0 in θ', masked ones among them, are 0 afterwards; where they go by their magnitude. */
  readonly zeroed?: boolean;
  /** Where there are scores. */
  readonly score?: AdamWStep | undefined;
}

/** Arrays of `maskUpdate`: scores and their moments, or none of them. */
export type MaskedArrays = Arrays<'gradient' | 'weight' | 'mWeight' | 'vWeight'> &
  (
    | Arrays<'score' | 'mScore' | 'vScore'>
    | { readonly score?: undefined; readonly mScore?: undefined; readonly vScore?: undefined }
  );

/**
 * AdamW of weight and score in one pass, from g = ∂L/∂θ' by the gradients of which `maskGradients` has the norms: writes
 * both and their four moments.
 *
 * @throws KernelError if the arrays of a call are not of one length and of one slab, an option is out of range, or scores
 *   have no step of their own, or weights with scores are to be zeroed
 */
export function maskUpdate(calls: Calls<MaskedArrays, MaskStep>): void {
  const kernelCalls = calls.map(([arrays, step]) => {
    const { gradient, weight, mWeight, vWeight, score, mScore, vScore } = arrays;
    const numbers = { ...maskingNumbers(step), stepWeight: kernelStep('maskUpdate (weight)', step.weight) };
    if (score === undefined) {
      return kernelCall({
        name: 'maskUpdate',
        kernels: [{ kernel: 'magnitudeUpdate', numbers: { ...numbers, zeroed: step.zeroed ? 1 : 0 } }],
        arrays: { gradient, weight, mWeight, vWeight },
        written: ['weight', 'mWeight', 'vWeight'],
      });
    }
    if (step.score === undefined) throw new KernelError('maskUpdate: scores, but no step of AdamW for them');
    if (step.zeroed) throw new KernelError('maskUpdate: weights with scores cannot be zeroed');
    const stepScore = kernelStep('maskUpdate (score)', step.score);
    return kernelCall({
      name: 'maskUpdate',
      kernels: [{ kernel: 'scoreUpdate', numbers: { ...numbers, stepScore, penalty: step.penalty ?? 0 } }],
      arrays: { gradient, weight, mWeight, vWeight, score, mScore, vScore },
      written: ['weight', 'mWeight', 'vWeight', 'score', 'mScore', 'vScore'],
    });
  });
  overVectors(kernelCalls);
}
