import { baseParameters, parameterSize, type EncoderConfig } from '@diffprune/bert';
import type { DiffTensor } from '@diffprune/sparse-diff';

/** How many of a tensor's entries an operation changes. */
export function entriesChanged({ operation, positions, shape }: DiffTensor): number {
  const whole = operation === 'replace-dense' || operation === 'replace-sparse';
  return whole ? parameterSize({ shape }) : positions.length;
}

/** The fraction of the base's d parameters that a diff changes; a head is no part of the base. */
export function density(config: EncoderConfig, tensors: readonly DiffTensor[]): number {
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  const specs = baseParameters(config);
  const names = new Set(specs.map(({ name }) => name));
  const changed = tensors.filter(({ name }) => names.has(name)).map(entriesChanged);
  return sum(changed) / sum(specs.map(parameterSize));
}
