import { baseParameters, modelPart, parameterSize, type EncoderConfig } from '@diffprune/bert';
import type { DiffTensor } from '@diffprune/sparse-diff';
import { entriesChanged, entriesPruned } from '@diffprune/training';

/** How much of a part of the base a diff changes. */
export interface PartNonzeros {
  /** `embeddings`, `layer 0`, ..., `pooler`. */
  readonly part: string;
  /** Entries that the diff changes. */
  readonly changed: number;
  /** Those of them that add 0, because the projection found too few nonzero entries. */
  readonly zeros: number;
  /** Further entries, which were pruned: the diff sets them to 0. */
  readonly pruned: number;
  /** All parameters of the part. */
  readonly parameters: number;
}

/** Counts a diff's positions in each part of the base, in the model's order; the head is no part of the base. */
export function nonzerosByPart(config: EncoderConfig, tensors: readonly DiffTensor[]): PartNonzeros[] {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const parts = new Map<string, PartNonzeros>();
  for (const spec of baseParameters(config)) {
    const part = modelPart(spec.name);
    const tensor = byName.get(spec.name);
    const size = parameterSize(spec);
    const changed = tensor === undefined ? 0 : entriesChanged(tensor);
    const added = tensor?.operation === 'add' ? tensor.values : new Float32Array();
    const zeros = added.reduce((count, value) => count + Number(value === 0), 0);
    const before = parts.get(part) ?? { changed: 0, zeros: 0, pruned: 0, parameters: 0 };
    parts.set(part, {
      part,
      changed: before.changed + changed,
      zeros: before.zeros + zeros,
      pruned: before.pruned + (tensor === undefined ? 0 : entriesPruned(tensor)),
      parameters: before.parameters + size,
    });
  }
  return [...parts.values()];
}
