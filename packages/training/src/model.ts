import {
  addedParameters,
  baseParameters,
  type EncoderConfig,
  type Head,
  type ParameterSpec,
  type Tensors,
} from '@diffprune/bert';
import { allocateParameters, type Parameter } from './parameter-memory.ts';

/** The parameters of a model in training, in the memories that kernels and programs share. */
export interface Model {
  readonly base: readonly Parameter[];
  readonly adapters: readonly Parameter[];
  readonly head: readonly Parameter[];
  /** θ', adapters and the head as the programs read them. */
  readonly weights: Readonly<Record<string, Float32Array>>;
}

/** Where parameters' values come from: a map, or what gives each away as it is asked for, see {@link handOver}. */
export interface TensorSource {
  get(name: string): Float32Array | undefined;
}

/**
 * A source that gives each tensor of a map away: the map ends empty, so that whoever copies what it gets holds the model
 * only once.
 */
export function handOver(tensors: Tensors): TensorSource {
  return {
    get(name) {
      const values = tensors.get(name);
      tensors.delete(name);
      return values;
    },
  };
}

/**
 * Lays out a model in memory and fills in its values.
 *
 * @param source of all parameters, those of adapters and the head included; each is asked for once
 * @param arraysOf how many arrays a parameter takes beside its weights, 0 for a frozen one
 * @throws RangeError naming a parameter that is missing or of another size
 */
export async function createModel(
  config: EncoderConfig,
  head: Head,
  source: TensorSource,
  arraysOf: (spec: ParameterSpec) => number,
): Promise<Model> {
  const specs = [...baseParameters(config), ...addedParameters(config, head)];
  const parameters = await allocateParameters(specs, arraysOf);
  for (const { spec, size, weights } of parameters) {
    const values = source.get(spec.name);
    if (values?.length !== size) {
      throw new RangeError(`the base's ${spec.name} has ${values?.length ?? 'no'} values, expected ${size}`);
    }
    weights.set(values);
  }
  const ofKind = (kind: string) => parameters.filter(({ spec }) => spec.kind === kind);
  return {
    base: parameters.filter(({ spec }) => spec.kind !== 'adapter' && spec.kind !== 'head'),
    adapters: ofKind('adapter'),
    head: ofKind('head'),
    weights: Object.fromEntries(parameters.map(({ spec, weights }) => [spec.name, weights])),
  };
}
