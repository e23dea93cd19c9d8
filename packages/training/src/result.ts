import {
  baseParameters,
  headParameters,
  parameterSize,
  type EncoderConfig,
  type Head,
} from '@diffprune/bert';
import type { DiffTensor } from '@diffprune/sparse-diff';
import type { TrainingResult } from './train.ts';

/**
 * The tensors of a diff file: δ's entries to add, and parameters learnt entry for entry, which replace the base's
 * (or, as a head, join them). In the model's order, the head last.
 */
export function toDiffTensors(
  config: EncoderConfig,
  head: Head,
  { delta, dense }: TrainingResult,
): DiffTensor[] {
  return [...baseParameters(config), ...headParameters(config, head)].flatMap(
    ({ name, shape }): DiffTensor[] => {
      const values = dense.get(name);
      if (values !== undefined) {
        return [{ name, shape, operation: 'replace-dense', positions: new Uint32Array(), values }];
      }
      const entry = delta?.get(name);
      return entry === undefined ? [] : [{ name, shape, operation: 'add', ...entry }];
    },
  );
}

/** The fraction of the base's d parameters that a result changes. */
export function density(config: EncoderConfig, { delta, dense }: TrainingResult): number {
  const specs = baseParameters(config);
  const changed = specs.map((spec) => {
    return dense.has(spec.name) ? parameterSize(spec) : (delta?.get(spec.name)?.positions.length ?? 0);
  });
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  return sum(changed) / sum(specs.map(parameterSize));
}
