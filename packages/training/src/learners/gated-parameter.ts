import type { HardConcreteOptions } from '@diffprune/hard-concrete';
import {
  gateRowSums,
  streamKey,
  streamOf,
  type GateDistribution,
  type GateSums,
  type Key,
  type Rows,
} from '@diffprune/kernels';
import type { DiffParameter } from '../parameter-memory.ts';
import { rankEntries } from './entry-ranks.ts';
import { countGates } from './gate-histogram.ts';
import { emptyOrder, isEmpty, TableRows } from './table-rows.ts';

/** What one tensor's gates are made with. */
interface GatedParameterOptions {
  readonly initialLogOdds: number;
  readonly seed: number;
}

/**
 * One parameter tensor of a gated diff: w, α, and two moments of each. An embedding table is worked on row by row, once a
 * step has said which rows it reads.
 */
export class GatedParameter {
  readonly arrays: Readonly<Record<'w' | 'alpha' | 'mW' | 'vW' | 'mAlpha' | 'vAlpha', Float32Array>>;
  readonly #seed: number;
  /** Of a table: the order of its rows in the arrays. */
  readonly #order: Uint32Array | undefined;
  #table: TableRows | undefined;

  /** @param parameter six more arrays of it are taken */
  constructor(
    readonly parameter: DiffParameter,
    { initialLogOdds, seed }: GatedParameterOptions,
    readonly distribution: GateDistribution,
  ) {
    // written at once: a page that is first read, by a step, costs ten times as much when it is written
    const allocate = (): Float32Array => parameter.allocate().fill(0);
    const moments = { mW: allocate(), vW: allocate(), mAlpha: allocate(), vAlpha: allocate() };
    this.arrays = { w: allocate(), alpha: allocate().fill(initialLogOdds), ...moments };
    this.#seed = seed;
    const { kind, shape } = parameter.spec;
    const isTable = kind === 'embeddings' && shape.length === 2 && shape[1]! % 4 === 0; // kernels take four at a time
    this.#order = isTable ? emptyOrder(shape[0]!) : undefined;
  }

  get name(): string {
    return this.parameter.spec.name;
  }

  /** The stream of random numbers that its gates draw from at a step. */
  key(step: number): Key {
    return streamKey(this.#seed, step, streamOf('elementGates', this.parameter.index));
  }

  /** Where the gradients of w and α go: over those of θ', and over θ', which nobody reads before the next gate. */
  get gradients(): Readonly<Record<'gradient' | 'alphaGradient', Float32Array>> {
    return { gradient: this.parameter.gradient, alphaGradient: this.parameter.weights };
  }

  /** What a checkpoint keeps. */
  get state(): [string, Float32Array | Uint32Array][] {
    const arrays = Object.entries<Float32Array | Uint32Array>(this.arrays);
    if (this.#order !== undefined) arrays.push(['order', this.#order]);
    return arrays.map(([name, array]) => [`${this.name}/${name}`, array]);
  }

  /** Has the arrays written up to date. */
  synchronize(): void {
    this.#table?.synchronize();
  }

  /** Says which rows of a table the next step reads; the others may wait. */
  read(rows: Int32Array): void {
    this.#begun()?.read(rows);
  }

  /** What a step has to do with each row of a table; undefined where all are worked on. */
  get table(): TableRows | undefined {
    return this.#table;
  }

  /** The rows of a table that this run, or the one that it goes on from, has read alone; undefined where all are. */
  get everRead(): Rows | undefined {
    return this.#order === undefined || isEmpty(this.#order) ? undefined : this.#begun()?.everRead;
  }

  /** The sums over a parameter with what the rows add that are not active. @param penalty price of an open gate */
  withInactiveRows(active: GateSums, penalty: number): GateSums {
    if (this.#table === undefined) return active;
    const { squares, open } = this.#table.inactiveSums;
    return {
      ...active,
      squaredNormAlpha: active.squaredNormAlpha + penalty ** 2 * squares,
      expectedNonzeros: active.expectedNonzeros + open,
    };
  }

  /** Writes how near each entry is to being kept, see {@link rankEntries}. @param open P of the group's gate */
  rank(out: Float32Array, open: number, shape: HardConcreteOptions): void {
    rankEntries(out, this.arrays, open, shape, this.#order);
  }

  /** Counts its gates, see {@link countGates}. @param open P of the group's gate */
  countGates(counts: number[], open: number, shape: HardConcreteOptions): void {
    countGates(counts, this.arrays.alpha, open, shape, this.#order);
  }

  /** The rows of a table, begun where they are not yet. */
  #begun(): TableRows | undefined {
    if (this.#table === undefined && this.#order !== undefined) {
      this.#table = new TableRows(this.arrays, this.#order, this.parameter);
      gateRowSums(this.arrays.alpha, this.#table, this.distribution);
    }
    return this.#table;
  }
}
