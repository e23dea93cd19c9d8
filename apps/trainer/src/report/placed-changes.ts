import { baseParameters, type EncoderConfig } from '@diffprune/bert';
import { byModule, byTensor, changesByGroup, type GroupChanges } from '@diffprune/evaluators';
import type { DiffTensor } from '@diffprune/sparse-diff';

/** What a diff does to one of the base's matrices or vectors, and where that stands. */
export interface PlacedChanges extends GroupChanges {
  /** Of a layer of the encoder. */
  readonly layer?: number | undefined;
  /** `query`, `key`, … */
  readonly module: string;
  readonly isMatrix: boolean;
}

/** What a diff does to each tensor of the base, in the model's order. */
export function placedChanges(config: EncoderConfig, tensors: readonly DiffTensor[]): PlacedChanges[] {
  const parameters = baseParameters(config);
  return changesByGroup(parameters, tensors, byTensor).map((changes, i) => {
    const parameter = parameters[i]!;
    const { layer, shape } = parameter;
    return { ...changes, layer, module: byModule(parameter), isMatrix: shape.length === 2 };
  });
}
