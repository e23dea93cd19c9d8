import type { ParameterSpec } from '@diffprune/bert';
import { parameterSize } from '@diffprune/bert';
import { Slab } from '@diffprune/kernels';

const slabBytes = 2 ** 30;

/** A parameter tensor with the arrays of its length that lie beside each other in one slab. */
export interface Parameter {
  readonly spec: ParameterSpec;
  /** Number of its entries. */
  readonly size: number;
  /** Position among all parameters: the stream of random numbers that its gates draw from. */
  readonly index: number;
  /** θ' that the model runs with. */
  readonly weights: Float32Array;
  /** A further zeroed array of this tensor's length. */
  allocate(): Float32Array;
}

/** A parameter that the program returns a gradient for. */
export interface TrainedParameter extends Parameter {
  /** ∂L/∂θ' that the program writes. */
  readonly gradient: Float32Array;
}

/** A trained parameter whose frozen base value θ is kept beside the θ' that the model runs with. */
export interface DiffParameter extends TrainedParameter {
  readonly base: Float32Array;
}

/**
 * Lays out the arrays that training needs for each parameter tensor in WebAssembly memories that the kernels
 * loop over and that ONNX Runtime reads and writes in place. A tensor's arrays lie in one slab; a slab holds
 * whole tensors, at most 1 GiB of them (or one tensor that needs more).
 *
 * @param arraysFor how many arrays of its length a tensor needs in all, its weights among them
 */
export async function allocateParameters(
  specs: readonly ParameterSpec[],
  arraysFor: (spec: ParameterSpec) => number,
): Promise<Parameter[]> {
  const needs = specs.map((spec) => arraysFor(spec) * Slab.bytesFor(parameterSize(spec)));
  const parameters: Parameter[] = [];
  for (let first = 0; first < specs.length;) {
    let bytes = needs[first]!;
    let end = first + 1;
    while (end < specs.length && bytes + needs[end]! <= slabBytes) bytes += needs[end++]!;
    const slab = await Slab.create(bytes);
    for (let index = first; index < end; index++) {
      const spec = specs[index]!;
      const size = parameterSize(spec);
      const allocate = (): Float32Array => slab.allocate(size);
      parameters.push({ spec, size, index, weights: allocate(), allocate });
    }
    first = end;
  }
  return parameters;
}

/** Gives a parameter the array for its gradient. */
export function withGradient(parameter: Parameter): TrainedParameter {
  return { ...parameter, gradient: parameter.allocate() };
}

/** Gives a parameter the array for its gradient and one that keeps the weights as they are now: the base. */
export function withBase(parameter: Parameter): DiffParameter {
  const base = parameter.allocate();
  base.set(parameter.weights);
  return { ...withGradient(parameter), base };
}
