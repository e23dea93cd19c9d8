/** A parameter of a base and what it does; `baseParameters` of `@diffprune/bert` gives these. */
export interface PlacedParameter {
  readonly name: string;
  /** Linear weights are [out, in], embeddings [rows, size]. */
  readonly shape: readonly number[];
  /** `embeddings`, `layer` or `pooler`. */
  readonly kind: string;
  /** What it does: `query`, `key`, `value`, `attention-output`, `intermediate`, `output`, `layer-norm`, … */
  readonly role: string;
  /** Index of the encoder layer, for kind `layer`. */
  readonly layer?: number;
}

/** What a diff does to one tensor; the tensors of `@diffprune/sparse-diff` are such. */
export interface TensorChange {
  readonly name: string;
  readonly shape: readonly number[];
  /** As the diff format has them: x + v, v, or 0 at the positions; 0 but for v at the positions; v throughout. */
  readonly operation: 'add' | 'set' | 'zero' | 'replace-sparse' | 'replace-dense';
  /** Flat row-major indices, strictly ascending; none for `replace-dense`. */
  readonly positions: Uint32Array;
  readonly values: Float32Array;
}

/** Puts a parameter into a group, by the group's name. */
export type Grouping = (parameter: PlacedParameter) => string;

/** `embeddings`, `layer 0`, …, `pooler`. */
export const byLayer: Grouping = ({ kind, layer }) => (layer === undefined ? kind : `layer ${layer}`);

/** `embeddings`, then what it does in its layer: `query`, …, `layer norm`; `pooler`. */
export const byModule: Grouping = ({ kind, role }) => (kind === 'layer' ? role.replace('-', ' ') : kind);

/** Each matrix and each bias vector is a group (Guo et al. 2021, section 4.3). */
export const byTensor: Grouping = ({ name }) => name;

/** Number of entries of a shape. */
export function entryCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
