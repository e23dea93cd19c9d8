/** What one update did, for the log. Norms are those before clipping. */
export interface UpdateReport {
  readonly gradientNorm: number;
  /** Norm of the gradient of all log-odds α, the penalty's part included; absent without gates. */
  readonly alphaGradientNorm?: number;
  /** E‖δ‖₀ / d before the update, the path that it is to follow, and λ; absent without gates, the path without steering. */
  readonly expectedDensity?: number;
  readonly pathDensity?: number;
  readonly l0Penalty?: number;
}

/**
 * How a method turns what it learns into the weights θ' that the model runs with, and the gradient ∂L/∂θ' into
 * an update of what it learns. It works in place on the arrays of its parameters.
 */
export interface Reparameterization {
  /** The arrays that the program must write gradients ∂L/∂θ' to, by parameter name. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
  /**
   * Writes θ' for the stage's optimiser step `step`, counted from 0.
   *
   * @param rows the rows that the step reads of some parameters, by name (`rowsRead`), the same parameters at every step:
   *   the others need not be written
   */
  materialize(step: number, rows: ReadonlyMap<string, Int32Array>): void;
  /** Writes θ' as the model is evaluated: without sampling noise. */
  settle(): void;
  /**
   * Consumes the gradients that belong to the last `materialize(step)`.
   *
   * @param rate factor of the schedule on every learning rate
   * @param loss of the step's batch
   */
  update(step: number, rate: number, loss: number): UpdateReport;
  /** The parameters that are learnt entry for entry, by name: the head's, in fine-tuning the base's as well. */
  readonly dense: ReadonlyMap<string, Float32Array>;
  /**
   * The arrays that hold everything learnt so far, by name; written to and read back from checkpoints, the latter before
   * the first step. They are up to date when they are asked for.
   */
  readonly state: ReadonlyMap<string, Float32Array | Uint32Array>;
}
