import { rowStates, type Rows } from '@diffprune/kernels';
import type { Parameter } from '../parameter-memory.ts';

/** A table's arrays in L0 training, [rows, width] each. */
type Arrays = Readonly<Record<'w' | 'alpha' | 'mW' | 'vW' | 'mAlpha' | 'vAlpha', Float32Array>>;

const { active, coasting, skipped } = rowStates;

/** Stands for no row in an order. */
const none = 2 ** 32 - 1;

/** The order of a table of which no batch has read a row yet. */
export function emptyOrder(count: number): Uint32Array {
  return new Uint32Array(count).fill(none);
}

/** The rows that have places, in the places' order. */
export function rowsTaken(order: Uint32Array): Uint32Array {
  const end = order.indexOf(none);
  return end < 0 ? order : order.subarray(0, end);
}

export function isEmpty(order: Uint32Array): boolean {
  return order[0] === none;
}

/**
 * What a training step has to do with each row of an embedding table. Those that its batch reads are active; those that
 * batches before it have read coast. The others have no diff and no momentum, and their log-odds, which feel nothing but
 * the penalty, are all the same: one row, the model, coasts for all of them.
 *
 * Rows take places in the arrays in the order in which they are first read, so that those with something to do lie
 * together; the model has the last place until all others are taken.
 */
export class TableRows {
  readonly rows: Rows;
  /** Of each place that is not skipped, from its log-odds: see `GateTable` of @diffprune/kernels. */
  readonly rowSums: Float64Array;
  readonly #arrays: Arrays;
  /** The place of each row, -1 if it has none. */
  readonly #places: Int32Array;
  #taken = 0;

  /** @param order the row of each place that is taken: of an interrupted run, or `emptyOrder`; kept up to date */
  constructor(arrays: Arrays, order: Uint32Array, { spec: { shape } }: Pick<Parameter, 'spec'>) {
    const [count, width] = shape as [number, number];
    this.#arrays = arrays;
    this.#places = new Int32Array(count).fill(-1);
    for (; this.#taken < count && order[this.#taken] !== none; this.#taken++) {
      this.#places[order[this.#taken]!] = this.#taken;
    }
    const states = new Uint8Array(count).fill(coasting, 0, this.#taken).fill(skipped, this.#taken);
    states[count - 1] = coasting;
    this.rows = { width, states, order };
    this.rowSums = new Float64Array(2 * count);
  }

  /** Makes these rows the active ones, before a step. */
  read(rows: Int32Array): void {
    const { states } = this.rows;
    states.fill(coasting, 0, this.#taken);
    for (const row of rows) states[this.#places[row] === -1 ? this.#take(row) : this.#places[row]!] = active;
  }

  /** All rows that were ever read, as the active ones: the others are still the base's. */
  get everRead(): Rows {
    const states = new Uint8Array(this.rows.states.length).fill(active, 0, this.#taken);
    return { ...this.rows, states: states.fill(skipped, this.#taken) };
  }

  /** What the rows that are not active add to Σ(P·(1 - P))² and ΣP. */
  get inactiveSums(): { readonly squares: number; readonly open: number } {
    const { states } = this.rows;
    const rest = states.length - this.#taken;
    const [modelSquares, modelOpen] = this.rowSums.subarray(-2);
    let [squares, open] = rest > 0 ? [rest * modelSquares!, rest * modelOpen!] : [0, 0];
    for (let place = 0; place < this.#taken; place++) {
      if (states[place] !== coasting) continue;
      squares += this.rowSums[2 * place]!;
      open += this.rowSums[2 * place + 1]!;
    }
    return { squares, open };
  }

  /** Writes the places that are not taken as they are by now. */
  synchronize(): void {
    for (let place = this.#taken; place < this.#places.length; place++) this.#copyModel(place);
  }

  /** Gives a row the next place. */
  #take(row: number): number {
    const place = this.#taken++;
    this.#copyModel(place);
    this.rows.order[place] = row;
    this.#places[row] = place;
    return place;
  }

  #copyModel(place: number): void {
    const { width } = this.rows;
    const model = this.#places.length - 1;
    for (const array of [this.#arrays.alpha, this.#arrays.mAlpha, this.#arrays.vAlpha]) {
      array.copyWithin(place * width, model * width, (model + 1) * width);
    }
  }
}
