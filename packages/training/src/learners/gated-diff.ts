import {
  elementPrice,
  gateDistribution,
  groupAlphaGradient,
  type GateAt,
  type GroupPenalty,
  type HardConcreteOptions,
} from '@diffprune/hard-concrete';
import {
  finalSampleStep,
  gate,
  gateGradients,
  gateUpdate,
  type AdamWStep,
  type GateDistribution,
  type GateSums,
  type PenalisedGateDraw,
} from '@diffprune/kernels';
import type { Backward, Draw, Learner, State } from '../learner.ts';
import type { DiffParameter } from '../parameter-memory.ts';
import type { PerEntry } from '../projection.ts';
import { gateBins } from './gate-histogram.ts';
import { GatedParameter } from './gated-parameter.ts';
import { GroupGates } from './group-gates.ts';

/** What gates are made with. */
export interface GateOptions {
  readonly shape: HardConcreteOptions;
  readonly initialLogOdds: number;
  readonly seed: number;
  /** What of structured gates has the price λ; undefined for gates without groups. */
  readonly groupPenalty: GroupPenalty | undefined;
  /** λ, read at each backward pass. */
  readonly price: { readonly lambda: number };
}

/** A parameter with its gates as they are drawn at a step. */
interface Drawn {
  readonly gated: GatedParameter;
  readonly group: GateAt | undefined;
  readonly draw: PenalisedGateDraw;
}

/**
 * A gated diff in flat memory: θ' = θ + z ⊙ w with a stretched hard-concrete gate z_i for each entry and, structured, a
 * further one z_g for each weight matrix and bias vector. w and the log-odds α are learnt, in the groups `weights` and
 * `alpha`; α's gradient has that of λ times the expected number of nonzeros in it.
 *
 * Each pass goes over the memory once: the gradients of α take the place of θ', which nobody reads before the next gate,
 * the update writes the next step's θ' while w and α are at hand, and of embedding tables only the rows that a batch
 * reads are worked on.
 */
export class GatedDiff implements Learner {
  /** Arrays that a parameter takes beside its weights: gradient, base, w, α and two moments of each. */
  static readonly arrays = 8;

  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly #state: State;
  readonly #distribution: GateDistribution;
  readonly #gated: readonly GatedParameter[];
  /** d. */
  readonly #entries: number;
  /** E‖δ‖₀ / d before the last update. */
  readonly #density = Float32Array.of(1);
  /** The step whose θ' the last update has written already, but for that of tables. */
  #written: number | undefined;
  #drawn: readonly Drawn[] = [];

  private constructor(
    parameters: readonly DiffParameter[],
    private readonly groups: GroupGates | undefined,
    readonly options: GateOptions,
  ) {
    this.#distribution = gateDistribution(options.shape);
    this.#entries = parameters.reduce((sum, { size }) => sum + size, 0);
    this.#gated = parameters.map((each) => new GatedParameter(each, options, this.#distribution));
    this.gradients = new Map(parameters.map(({ spec, gradient }) => [spec.name, gradient]));
    this.#state = new Map<string, Float32Array | Uint32Array>([
      ...this.#gated.flatMap(({ state }) => state),
      ...(groups?.state ?? []),
      ['expected-density', this.#density],
    ]);
  }

  /** @param parameters their weights are the base's as yet; six more arrays of each are taken */
  static async create(parameters: readonly DiffParameter[], options: GateOptions): Promise<GatedDiff> {
    const groups =
      options.groupPenalty === undefined ? undefined : await GroupGates.create(parameters.length, options);
    return new GatedDiff(parameters, groups, options);
  }

  get state(): State {
    for (const gated of this.#gated) gated.synchronize();
    return this.#state;
  }

  /** Without a draw, with the deterministic gates (Louizos et al. 2018, equation 13). */
  forward(draw?: Draw): void {
    if (draw === undefined) return this.#forwardDeterministic();
    const { step, rows } = draw;
    const distribution = this.#distribution;
    for (const gated of this.#gated) {
      const read = rows.get(gated.name);
      if (read !== undefined) gated.read(read);
    }
    const calls = this.#map(step, (gated, group) => {
      const { parameter, arrays, table } = gated;
      if (this.#written === step && table === undefined) return undefined;
      return [
        { out: parameter.weights, base: parameter.base, ...arrays },
        { distribution, key: gated.key(step), groupGate: group?.gate, rows: table?.rows },
      ] as const;
    });
    gate(calls.filter((call) => call !== undefined));
  }

  #forwardDeterministic(): void {
    const distribution = this.#distribution;
    this.#written = undefined;
    gate(
      this.#map(undefined, (gated, group) => [
        { out: gated.parameter.weights, base: gated.parameter.base, ...gated.arrays },
        { distribution, key: undefined, groupGate: group?.gate, rows: gated.everRead },
      ]),
    );
  }

  backward(step: number): Backward {
    const { groupPenalty, price } = this.options;
    const { lambda } = price;
    const distribution = this.#distribution;
    this.#drawn = this.#map(step, (gated, group): Drawn => {
      const penalty = elementPrice(lambda, group, groupPenalty);
      const { gate: groupGate } = group ?? {};
      const draw = { distribution, key: gated.key(step), groupGate, rows: gated.table?.rows, penalty };
      return { gated, group, draw };
    });
    let [weights, alpha, expectedNonzeros] = [0, 0, 0];
    this.#gradients(this.#drawn).forEach((sums, index) => {
      const { group } = this.#drawn[index]!;
      weights += sums.squaredNormW;
      alpha += sums.squaredNormAlpha;
      expectedNonzeros += sums.expectedNonzeros * (group?.probability ?? 1);
      if (group === undefined) return;
      const gradient = groupAlphaGradient(sums, group, lambda, groupPenalty);
      alpha += this.groups!.setGradient(index, gradient) ** 2;
    });
    this.#density[0] = expectedNonzeros / this.#entries;
    return {
      squaredNorms: { weights, alpha },
      measured: { expectedDensity: expectedNonzeros / this.#entries },
    };
  }

  update(step: number, { weights, alpha }: Readonly<Record<string, AdamWStep>>): void {
    const distribution = this.#distribution;
    this.groups?.update(alpha!);
    gateUpdate(
      this.#drawn.map(({ gated, draw }, index) => {
        const { parameter, arrays, gradients, table } = gated;
        const { spec, base, weights: out } = parameter;
        const w = spec.decay ? weights! : { ...weights!, weightDecay: 0 };
        const groupGate = this.groups?.gate(index, step + 1).gate ?? 1;
        const key = gated.key(step + 1);
        const next = table === undefined ? { out, base, distribution, groupGate, key } : undefined;
        const rows = table && { ...draw, rows: table.rows, rowSums: table.rowSums };
        return [
          { ...arrays, ...gradients },
          { w, alpha: alpha!, next, table: rows },
        ];
      }),
    );
    this.#written = step + 1;
  }

  /** E‖δ‖₀ / d before the last update. */
  get expectedDensity(): number {
    return this.#density[0]!;
  }

  /** Has the gradients of w and α written. @returns the sums over each parameter, rows that are not active included */
  #gradients(drawn: readonly Drawn[]): GateSums[] {
    const sums = gateGradients(
      drawn.map(({ gated: { arrays, gradients }, draw }) => [{ ...arrays, ...gradients }, draw]),
    );
    return sums.map((active, index) => {
      const { gated, draw } = drawn[index]!;
      return gated.withInactiveRows(active, draw.penalty);
    });
  }

  /**
   * The diff: z is sampled once more, and δ = z ⊙ w, by parameter. Overwrites the gradients.
   */
  sample(): PerEntry {
    const distribution = this.#distribution;
    gate(
      this.#map(finalSampleStep, (gated, group) => [
        { out: gated.parameter.gradient, w: gated.arrays.w, alpha: gated.arrays.alpha },
        {
          distribution,
          key: gated.key(finalSampleStep),
          groupGate: group?.gate,
          rows: gated.everRead,
        },
      ]),
    );
    return this.#gated.map(({ name, parameter }) => ({ name, data: parameter.gradient }));
  }

  /** How many gates are open with which probability, in equal parts of [0, 1]. */
  histogram(): number[] {
    const counts = new Array<number>(gateBins).fill(0);
    this.#map(undefined, (gated, group) =>
      gated.countGates(counts, group?.probability ?? 1, this.options.shape),
    );
    return counts;
  }

  /** How near each entry is to being kept, P·|w|. Overwrites θ'. */
  ranks(): PerEntry {
    return this.#map(undefined, (gated, group) => {
      const { weights } = gated.parameter;
      gated.rank(weights, group?.probability ?? 1, this.options.shape);
      return { name: gated.name, data: weights };
    });
  }

  /** Each parameter with its group's gate as it is drawn at a step, or without noise. */
  #map<Result>(
    step: number | undefined,
    visit: (gated: GatedParameter, group: GateAt | undefined) => Result,
  ): Result[] {
    return this.#gated.map((gated, index) => visit(gated, this.groups?.gate(index, step)));
  }
}
