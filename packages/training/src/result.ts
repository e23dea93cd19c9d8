import { baseParameters, parameterSize, type EncoderConfig } from '@diffprune/bert';
import type { DiffTensor } from '@diffprune/sparse-diff';

/**
 * How many of a tensor's entries an operation gives a value, or sets to 0 one by one. Those that `replace-sparse` sets to
 * 0 because it does not name them are {@link entriesPruned}.
 */
export function entriesChanged({ operation, positions, shape }: DiffTensor): number {
  return operation === 'replace-dense' ? parameterSize({ shape }) : positions.length;
}

/** How many entries of a tensor are 0 because it was pruned: those that `replace-sparse` does not name. */
export function entriesPruned({ operation, positions, shape }: DiffTensor): number {
  return operation === 'replace-sparse' ? parameterSize({ shape }) - positions.length : 0;
}

/** The fraction of the base's d parameters that a diff changes, but for those that it prunes; a head is no part of the base. */
export function density(config: EncoderConfig, tensors: readonly DiffTensor[]): number {
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  const specs = baseParameters(config);
  const names = new Set(specs.map(({ name }) => name));
  const changed = tensors.filter(({ name }) => names.has(name)).map(entriesChanged);
  return sum(changed) / sum(specs.map(parameterSize));
}
