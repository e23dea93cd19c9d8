import {
  elementPrice,
  gateDistribution,
  groupAlphaGradient,
  halfOpen,
  probabilityAt,
  type GateAt,
  type HardConcreteOptions,
} from '@diffprune/hard-concrete';
import {
  finalSampleStep,
  gate,
  gateGradients,
  gateRowSums,
  gateUpdate,
  streamKey,
  streamOf,
  type AdamWStep,
  type GateDistribution,
  type GateSums,
  type Key,
  type PenalisedGateDraw,
  type Rows,
} from '@diffprune/kernels';
import { adam, type DenseParameters } from './dense-parameters.ts';
import type { GroupGates } from './group-gates.ts';
import { rankEntries } from './entry-ranks.ts';
import type { ResolvedOptions } from './options.ts';
import type { DiffParameter } from './parameter-memory.ts';
import { createPenalty, type PenalisedStage, type Penalty } from './penalty.ts';
import type { PerEntry } from './projection.ts';
import type { Reparameterization, UpdateReport } from './reparameterization.ts';
import { clipFactor } from './schedule.ts';
import { emptyOrder, isEmpty, TableRows } from './table-rows.ts';

/** Arrays that a gated parameter takes beside weights, gradient and base: w, α and two moments of each. */
export const gateArrays = 6;

/**
 * AdamW's ε for α. The penalty's gradient is as small as λ, to 1e-12 on a large base: with the usual 1e-8 it would be ε that
 * decides how gates move.
 */
const alphaEpsilon = 1e-12;

interface GatedParameter {
  readonly parameter: DiffParameter;
  readonly arrays: Readonly<Record<'w' | 'alpha' | 'mW' | 'vW' | 'mAlpha' | 'vAlpha', Float32Array>>;
  /** Streams of random numbers, by step. */
  readonly key: (step: number) => Key;
  /** Of a table: the order of its rows in the arrays. */
  readonly order: Uint32Array | undefined;
  /** The same, once a step has read some of its rows alone. */
  table?: TableRows;
}

/** A parameter with its gates as they are drawn at a step. */
interface Drawn {
  readonly gated: GatedParameter;
  readonly group: GateAt | undefined;
  readonly draw: PenalisedGateDraw;
}

/**
 * L0 training (Guo et al., section 3): θ' = θ + z ⊙ w with a stretched hard-concrete gate z_i for each entry and,
 * structured, a further one z_g for each weight matrix and bias vector (section 3.3). w, the log-odds α and the head
 * are learnt; the loss has λ times the expected number of nonzeros added.
 */
export class DiffPruning implements Reparameterization {
  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly dense: ReadonlyMap<string, Float32Array>;
  readonly #state: ReadonlyMap<string, Float32Array | Uint32Array>;
  readonly #shape: HardConcreteOptions;
  readonly #distribution: GateDistribution;
  readonly #gated: readonly GatedParameter[];
  readonly #groups: GroupGates | undefined;
  readonly #penalty: Penalty;
  /** d. */
  readonly #entries: number;
  /** E‖δ‖₀ / d before the last update. */
  readonly #density = Float32Array.of(1);
  /** The step whose θ' the last update has written already, but for that of tables. */
  #written: number | undefined;

  /** @param parameters their weights are the base's as yet; six more arrays of each are taken */
  constructor(
    parameters: readonly DiffParameter[],
    groups: GroupGates | undefined,
    readonly head: DenseParameters,
    readonly options: ResolvedOptions,
    stage: Pick<PenalisedStage, 'steps' | 'constantLoss'>,
  ) {
    const [l, r] = options.stretch;
    this.#shape = { l, r, temperature: 1 };
    this.#distribution = gateDistribution(this.#shape);
    this.#groups = groups;
    this.#entries = parameters.reduce((sum, { size }) => sum + size, 0);
    const open = probabilityAt(options.initialLogOdds, this.#shape);
    this.#penalty = createPenalty(options, {
      ...stage,
      entries: this.#entries,
      startDensity: groups === undefined ? open : open ** 2,
      halfOpen: halfOpen(this.#shape),
    });
    this.#gated = parameters.map((parameter) => {
      // written at once: a page that is first read, by a step, costs ten times as much when it is written
      const allocate = (): Float32Array => parameter.allocate().fill(0);
      const moments = { mW: allocate(), vW: allocate(), mAlpha: allocate(), vAlpha: allocate() };
      const arrays = { w: allocate(), alpha: allocate().fill(options.initialLogOdds), ...moments };
      const { kind, shape } = parameter.spec;
      const isTable = kind === 'embeddings' && shape.length === 2 && shape[1]! % 4 === 0; // kernels take four at a time
      const order = isTable ? emptyOrder(shape[0]!) : undefined;
      return {
        parameter,
        arrays,
        order,
        key: (step) => streamKey(options.seed, step, streamOf('elementGates', parameter.index)),
      };
    });
    const gradients = parameters.map(({ spec, gradient }) => [spec.name, gradient] as const);
    this.gradients = new Map([...gradients, ...head.gradients]);
    this.dense = head.weights;
    const state = this.#gated.flatMap(({ parameter, arrays, order }) => {
      return Object.entries(order === undefined ? arrays : { ...arrays, order }).map(
        ([name, array]) => [`${parameter.spec.name}/${name}`, array] as const,
      );
    });
    this.#state = new Map<string, Float32Array | Uint32Array>([
      ...state,
      ...(groups?.state ?? []),
      ...head.state,
      ...this.#penalty.state,
      ['expected-density', this.#density],
    ]);
  }

  get state(): ReadonlyMap<string, Float32Array | Uint32Array> {
    for (const { table } of this.#gated) table?.synchronize();
    return this.#state;
  }

  materialize(step: number, rows: ReadonlyMap<string, Int32Array>): void {
    const distribution = this.#distribution;
    for (const gated of this.#gated) {
      const read = rows.get(gated.parameter.spec.name);
      if (read !== undefined) this.#tableOf(gated)?.read(read);
    }
    const calls = this.#map(step, ({ parameter: { weights: out, base }, arrays, key, table }, group) => {
      if (this.#written === step && table === undefined) return undefined;
      return [
        { out, base, ...arrays },
        { distribution, key: key(step), groupGate: group?.gate, rows: table?.rows },
      ] as const;
    });
    gate(calls.filter((call) => call !== undefined));
  }

  /** The rows of a table, begun where they are not yet. */
  #tableOf(gated: GatedParameter): TableRows | undefined {
    const { parameter, arrays, order } = gated;
    if (gated.table === undefined && order !== undefined) {
      gated.table = new TableRows(arrays, order, parameter);
      gateRowSums(arrays.alpha, gated.table, this.#distribution);
    }
    return gated.table;
  }

  /** The rows of a table that this run, or the one that it goes on from, has read alone; undefined where all are. */
  #everRead(gated: GatedParameter): Rows | undefined {
    const { order } = gated;
    return order === undefined || isEmpty(order) ? undefined : this.#tableOf(gated)?.everRead;
  }

  /** With the deterministic gates (Louizos et al. 2018, equation 13). */
  settle(): void {
    const distribution = this.#distribution;
    this.#written = undefined;
    gate(
      this.#map(undefined, (gated, group) => [
        { out: gated.parameter.weights, base: gated.parameter.base, ...gated.arrays },
        { distribution, key: undefined, groupGate: group?.gate, rows: this.#everRead(gated) },
      ]),
    );
  }

  update(step: number, rate: number, loss: number): UpdateReport {
    const { learningRate, weightDecay, maxGradientNorm, groupPenalty } = this.options;
    const { lambda } = this.#penalty;
    const distribution = this.#distribution;
    const drawn = this.#map(step, (gated, group): Drawn => {
      const penalty = elementPrice(lambda, group, groupPenalty);
      const { gate: groupGate } = group ?? {};
      const draw = { distribution, key: gated.key(step), groupGate, rows: gated.table?.rows, penalty };
      return { gated, group, draw };
    });
    let squaredW = this.head.squaredGradientNorm();
    let squaredAlpha = 0;
    let expectedNonzeros = 0;
    this.#gradients(drawn).forEach((sums, index) => {
      const { group } = drawn[index]!;
      squaredW += sums.squaredNormW;
      squaredAlpha += sums.squaredNormAlpha;
      expectedNonzeros += sums.expectedNonzeros * (group?.probability ?? 1);
      if (group === undefined) return;
      const gradient = groupAlphaGradient(sums, group, lambda, groupPenalty);
      squaredAlpha += this.#groups!.setGradient(index, gradient) ** 2;
    });
    const [gradientNorm, alphaGradientNorm] = [Math.sqrt(squaredW), Math.sqrt(squaredAlpha)];
    const stepAlpha = this.#alphaStep(step, rate, clipFactor(alphaGradientNorm, maxGradientNorm));
    const scale = clipFactor(gradientNorm, maxGradientNorm);
    const stepW: AdamWStep = {
      ...adam,
      step: step + 1,
      learningRate: learningRate * rate,
      weightDecay: 0,
      scale,
    };
    this.#groups?.update(stepAlpha);
    gateUpdate(
      drawn.map(({ gated: { parameter, arrays, key, table }, draw }, index) => {
        const { spec, base, weights: out } = parameter;
        const w = { ...stepW, weightDecay: spec.decay ? weightDecay : 0 };
        const groupGate = this.#groups?.gate(index, step + 1).gate ?? 1;
        const next =
          table === undefined ? { out, base, distribution, groupGate, key: key(step + 1) } : undefined;
        return [
          { ...arrays, ...gradientsOf(parameter) },
          {
            w,
            alpha: stepAlpha,
            next,
            table: table && { ...draw, rows: table.rows, rowSums: table.rowSums },
          },
        ];
      }),
    );
    this.#written = step + 1;
    this.head.update(step, stepW.learningRate, scale);

    const expectedDensity = expectedNonzeros / this.#entries;
    const pathDensity = this.#penalty.pathDensity(step);
    this.#density[0] = expectedDensity;
    this.#penalty.observe(step, expectedDensity, loss);
    return {
      ...{ gradientNorm, alphaGradientNorm, expectedDensity, l0Penalty: lambda },
      ...(pathDensity !== undefined && { pathDensity }),
    };
  }

  /** AdamW of α; gates that are held open keep their log-odds and no moments. */
  #alphaStep(step: number, rate: number, scale: number): AdamWStep {
    const closing = this.#penalty.alphaStep(step);
    const common = { ...adam, epsilon: alphaEpsilon, weightDecay: 0 };
    if (closing === undefined) return { ...common, step: 1, learningRate: 0, scale: 0 };
    return { ...common, step: closing.step, learningRate: closing.learningRate * rate, scale };
  }

  /** E‖δ‖₀ / d before the last update. */
  get expectedDensity(): number {
    return this.#density[0]!;
  }

  /** Has the gradients of w and α written. @returns the sums over each parameter, rows that are not active included */
  #gradients(drawn: readonly Drawn[]): GateSums[] {
    const sums = gateGradients(
      drawn.map(({ gated: { parameter, arrays }, draw }) => [{ ...arrays, ...gradientsOf(parameter) }, draw]),
    );
    return sums.map((active, index) => {
      const { gated, draw } = drawn[index]!;
      if (gated.table === undefined) return active;
      const { squares, open } = gated.table.inactiveSums;
      return {
        ...active,
        squaredNormAlpha: active.squaredNormAlpha + draw.penalty ** 2 * squares,
        expectedNonzeros: active.expectedNonzeros + open,
      };
    });
  }

  /**
   * The diff: z is sampled once more, and δ = z ⊙ w (section 3.1), by parameter. Overwrites the gradients.
   */
  deltas(): PerEntry {
    const distribution = this.#distribution;
    gate(
      this.#map(finalSampleStep, (gated, group) => [
        { out: gated.parameter.gradient, w: gated.arrays.w, alpha: gated.arrays.alpha },
        {
          distribution,
          key: gated.key(finalSampleStep),
          groupGate: group?.gate,
          rows: this.#everRead(gated),
        },
      ]),
    );
    return this.#gated.map(({ parameter: { spec, gradient } }) => ({ name: spec.name, data: gradient }));
  }

  /** How near each entry is to being kept, see {@link rankEntries}. Overwrites θ'. */
  ranks(): PerEntry {
    return this.#map(undefined, ({ parameter: { spec, weights }, arrays, order }, group) => {
      rankEntries(weights, arrays, group?.probability ?? 1, this.#shape, order);
      return { name: spec.name, data: weights };
    });
  }

  /** Each parameter with its group's gate as it is drawn at a step, or without noise. */
  #map<Result>(
    step: number | undefined,
    visit: (gated: GatedParameter, group: GateAt | undefined) => Result,
  ): Result[] {
    return this.#gated.map((gated, index) => visit(gated, this.#groups?.gate(index, step)));
  }
}

/** Where the gradients of w and α are written: over those of θ', and over θ', which nobody reads before the next gate. */
function gradientsOf({ gradient, weights }: DiffParameter) {
  return { gradient, alphaGradient: weights };
}
