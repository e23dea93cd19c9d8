import type { AdamWStep } from '@diffprune/kernels';

/** Arrays by name, in use: whoever keeps them copies them. */
export type State = ReadonlyMap<string, Float32Array | Uint32Array>;

/** Numbers that a step reports for the log, by name. */
export type Measured = Readonly<Record<string, number>>;

/** What one training step is drawn with. */
export interface Draw {
  /** The stage's optimiser step, from 0: random numbers go by it. */
  readonly step: number;
  /**
   * The rows that the step reads of some parameters, by name, the same parameters at every step: others need not be
   * written.
   */
  readonly rows: ReadonlyMap<string, Int32Array>;
}

/** A θ' that is random when it is evaluated, too. */
export interface Samples {
  /** How many are to be evaluated when all has been learnt. */
  readonly count: number;
  /** Writes θ' as sample `sample` of them has it, from 0; 0 is the one that `forward()` writes and the diff holds. */
  draw(sample: number): void;
}

/** What the backward pass of a learner has found. */
export interface Backward {
  /** Σ g² over what is learnt, before clipping, of each group that is clipped and has a rate of its own. */
  readonly squaredNorms: Readonly<Record<string, number>>;
  readonly measured?: Measured;
}

/**
 * What learns: it writes the weights θ' that the model runs with from what it has learnt, turns ∂L/∂θ' into gradients of
 * that, and takes the optimiser's step. It knows neither rates nor clipping, and works in place on the arrays of its
 * parameters. A step calls forward, backward and update in this order.
 */
export interface Learner {
  /** The arrays that the program must write gradients ∂L/∂θ' to, by parameter name. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
  /** Writes θ': as drawn for a step, or, without a draw, as the model is evaluated. */
  forward(draw?: Draw): void;
  /** Turns the gradients ∂L/∂θ' at the last `forward({ step })` into those of what is learnt. */
  backward(step: number): Backward;
  /** Takes a step by AdamW with the gradients of the last `backward(step)`, by group. */
  update(step: number, groups: Readonly<Record<string, AdamWStep>>): void;
  /** Where θ' is random in evaluations, too; otherwise one tells all. */
  readonly samples?: Samples;
  /** Everything learnt so far, moments included: written to checkpoints, and read back before the first step. */
  readonly state: State;
}
