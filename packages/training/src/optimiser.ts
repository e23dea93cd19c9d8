import type { AdamWStep } from '@diffprune/kernels';
import type { Learner, Measured } from './learner.ts';

/** AdamW's constants (Kingma & Ba 2015; the ε of Hugging Face's AdamW, which the paper's code uses). */
const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** How a group of what is learnt is updated: its gradient is clipped as one, and has a rate of its own. */
export interface ParameterGroup {
  /** Bound on the norm of the group's gradient. */
  readonly maxGradientNorm: number;
  /** Decoupled weight decay; biases and LayerNorm parameters are spared. */
  readonly weightDecay: number;
  /** AdamW's ε, 1e-8 if not given. */
  readonly epsilon?: number;
  /** Which step AdamW is at, from 1, and its peak rate, at a stage's step; undefined as long as the group is held. */
  rate(step: number): { readonly step: number; readonly learningRate: number } | undefined;
}

/** The groups of a stage: `weights`, which the head belongs to, and others of its learners. */
export type ParameterGroups = { readonly weights: ParameterGroup } & Readonly<Record<string, ParameterGroup>>;

/**
 * The usual group: it learns from the first step on, at one peak rate.
 *
 * @param factor of the rate at a step
 */
export function weightGroup(
  learningRate: number,
  { maxGradientNorm, weightDecay }: Pick<ParameterGroup, 'maxGradientNorm' | 'weightDecay'>,
  factor: (step: number) => number = () => 1,
): ParameterGroup {
  return {
    maxGradientNorm,
    weightDecay,
    rate: (step) => ({ step: step + 1, learningRate: learningRate * factor(step) }),
  };
}

/** Clips the gradients of learners and has them take steps of AdamW. */
export class Optimiser {
  constructor(
    readonly learners: readonly Learner[],
    readonly groups: ParameterGroups,
  ) {}

  /**
   * Consumes the gradients that belong to the last `forward({ step })`.
   *
   * @param factor of the schedule on every learning rate
   * @returns each group's gradient norm before clipping, and what the learners measured
   */
  update(step: number, factor: number): Measured {
    const squares = Object.fromEntries(Object.keys(this.groups).map((group) => [group, 0]));
    const measured: Record<string, number> = {};
    for (const learner of this.learners) {
      const found = learner.backward(step);
      for (const [group, square] of Object.entries(found.squaredNorms)) squares[group]! += square;
      Object.assign(measured, found.measured);
    }
    const norms: Record<string, number> = {};
    const steps: Record<string, AdamWStep> = {};
    for (const [name, group] of Object.entries(this.groups)) {
      const norm = Math.sqrt(squares[name]!);
      norms[name === 'weights' ? 'gradientNorm' : `${name}GradientNorm`] = norm;
      steps[name] = adamwStep(group, step, factor, norm);
    }
    for (const learner of this.learners) learner.update(step, steps);
    return { ...norms, ...measured };
  }
}

/** A group's step; one that is held keeps its values, and no moments. */
function adamwStep(
  { epsilon = adam.epsilon, weightDecay, maxGradientNorm, rate }: ParameterGroup,
  step: number,
  factor: number,
  norm: number,
): AdamWStep {
  const now = rate(step);
  if (now === undefined) return { ...adam, epsilon, weightDecay, step: 1, learningRate: 0, scale: 0 };
  const scale = clipFactor(norm, maxGradientNorm);
  return { ...adam, epsilon, weightDecay, step: now.step, learningRate: now.learningRate * factor, scale };
}

/**
 * The factor that brings a gradient of norm `norm` down to `maxNorm`, 1 where it is smaller already
 * (Pascanu et al. 2013).
 */
export function clipFactor(norm: number, maxNorm: number): number {
  return norm > maxNorm ? maxNorm / norm : 1;
}
