import {
  baseParameters,
  createHead,
  headParameters,
  type EncoderConfig,
  type Head,
  type Tensors,
} from '@diffprune/bert';
import type { Task } from '@diffprune/glue';
import { gateArrays } from './diff-pruning.ts';
import type { Method } from './methods.ts';
import { allocateParameters, type Parameter } from './parameter-memory.ts';

/** The output layer that a task needs. */
export function headOf(task: Task): Head {
  const kind = task.problemType === 'regression' ? 'regression' : 'classification';
  return createHead(kind, task.labels.length);
}

/** The parameters of a model in training, in the memories that kernels and programs share. */
export interface Model {
  readonly base: readonly Parameter[];
  readonly head: readonly Parameter[];
  /** θ' and the head as the programs read them. */
  readonly weights: Readonly<Record<string, Float32Array>>;
}

/** Arrays beside the weights: the gradient, and AdamW's moments. */
const gradient = 1;
const moments = 2;

/**
 * Lays out a model for a method and fills in its values.
 *
 * @param values of all parameters, the head's included; emptied on the way, so that no second copy of the model is kept
 * @throws RangeError naming a parameter that is missing or of another size
 */
export async function createModel(
  config: EncoderConfig,
  head: Head,
  method: Pick<Method, 'trains' | 'gates' | 'pruned'>,
  values: Tensors,
): Promise<Model> {
  const baseSpecs = baseParameters(config);
  const headSpecs = headParameters(config, head);
  const parameters = await allocateParameters([...baseSpecs, ...headSpecs], (spec) => {
    const trained = spec.kind === 'head' || method.trains(spec, config);
    if (!trained) return 0;
    const base = spec.kind !== 'head' && method.pruned ? 1 : 0;
    const gated = spec.kind !== 'head' && method.gates !== undefined;
    return gradient + base + (gated ? gateArrays : moments);
  });
  for (const { spec, size, weights } of parameters) {
    const given = values.get(spec.name);
    if (given?.length !== size) {
      throw new RangeError(`the base's ${spec.name} has ${given?.length ?? 'no'} values, expected ${size}`);
    }
    weights.set(given);
    values.delete(spec.name);
  }
  return {
    base: parameters.slice(0, baseSpecs.length),
    head: parameters.slice(baseSpecs.length),
    weights: Object.fromEntries(parameters.map(({ spec, weights }) => [spec.name, weights])),
  };
}
