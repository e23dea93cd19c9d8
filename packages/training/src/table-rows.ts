import { rowStates, type Rows } from '@diffprune/kernels';
import type { Parameter } from './parameter-memory.ts';

/** A table's arrays in L0 training, [rows, width] each. */
type Arrays = Readonly<Record<'w' | 'alpha' | 'mW' | 'vW' | 'mAlpha' | 'vAlpha', Float32Array>>;

const { active, coasting, skipped } = rowStates;

/**
 * What a training step has to do with each row of an embedding table. Those that its batch reads are active. The others
 * have no gradient: they coast. Those that no batch has read yet have no diff and no momentum either, and their
 * log-odds, which feel nothing but the penalty, are all the same: one of them, the model row, coasts for all; the rest
 * are skipped, and written when somebody asks for them. Which rows these are follows from the arrays alone, so that a
 * run that goes on from a checkpoint treats them as one that never stopped.
 */
export class TableRows {
  readonly rows: Rows;
  /** Of each row that is not skipped, from its log-odds: see `GateTable` of @diffprune/kernels. */
  readonly rowSums: Float64Array;
  readonly #arrays: Arrays;
  /** The row that the skipped ones follow; undefined before the first step, and when none is left. */
  #model: number | undefined;
  #skipped = 0;

  /** @param arrays the rows that no batch has read are found by their values */
  constructor(arrays: Arrays, { spec: { shape } }: Pick<Parameter, 'spec'>) {
    const [count, width] = shape as [number, number];
    this.#arrays = arrays;
    this.rows = { width, states: new Uint8Array(count) };
    this.rowSums = new Float64Array(2 * count);
    for (let row = 0; row < count; row++) {
      if (this.#model === undefined) {
        if (this.#isUntouched(row, row)) this.#model = row;
      } else this.#retire(row);
    }
  }

  /** Makes these rows the active ones, before a step. */
  read(rows: Int32Array): void {
    const { states } = this.rows;
    for (let row = 0; row < states.length; row++) {
      if (states[row] === active) this.#retire(row);
    }
    for (const row of rows) {
      if (states[row] === skipped) this.#write(row);
      if (row === this.#model) this.#replaceModel();
      states[row] = active;
    }
  }

  /** What the rows that are not active add to Σ(P·(1 - P))² and ΣP. */
  get inactiveSums(): { readonly squares: number; readonly open: number } {
    const { states } = this.rows;
    let [squares, open] = [0, 0];
    const add = (row: number, count: number): void => {
      squares += count * this.rowSums[2 * row]!;
      open += count * this.rowSums[2 * row + 1]!;
    };
    for (let row = 0; row < states.length; row++) if (states[row] === coasting) add(row, 1);
    if (this.#model !== undefined) add(this.#model, this.#skipped);
    return { squares, open };
  }

  /** Writes the skipped rows as they are by now. */
  synchronize(): void {
    const { states } = this.rows;
    for (let row = 0; row < states.length; row++) if (states[row] === skipped) this.#copyModel(row);
  }

  /** A row that is no longer active: it coasts, or is still as if it had never been read. */
  #retire(row: number): void {
    const untouched = this.#model !== undefined && this.#isUntouched(row, this.#model);
    this.rows.states[row] = untouched ? skipped : coasting;
    if (untouched) this.#skipped++;
  }

  /** Makes a skipped row one with values of its own. */
  #write(row: number): void {
    this.#copyModel(row);
    this.rowSums.copyWithin(2 * row, 2 * this.#model!, 2 * this.#model! + 2);
    this.rows.states[row] = coasting;
    this.#skipped--;
  }

  /** Another of the skipped rows becomes the model, if there is one. */
  #replaceModel(): void {
    const next = this.rows.states.indexOf(skipped);
    if (next >= 0) this.#write(next);
    this.#model = next >= 0 ? next : undefined;
  }

  #copyModel(row: number): void {
    const { width } = this.rows;
    for (const array of [this.#arrays.alpha, this.#arrays.mAlpha, this.#arrays.vAlpha]) {
      array.copyWithin(row * width, this.#model! * width, (this.#model! + 1) * width);
    }
  }

  /** Whether a row has no diff and no momentum, and its log-odds are, bit for bit, the first one of row `like`. */
  #isUntouched(row: number, like: number): boolean {
    const { width } = this.rows;
    const { w, mW, vW, alpha, mAlpha, vAlpha } = this.#arrays;
    const equal = (array: Float32Array, value: number): boolean => {
      for (let i = row * width; i < (row + 1) * width; i++) if (!Object.is(array[i], value)) return false;
      return true;
    };
    return (
      [w, mW, vW].every((array) => equal(array, 0)) &&
      [alpha, mAlpha, vAlpha].every((array) => equal(array, array[like * width]!))
    );
  }
}
