import type { ParameterSpec } from '@diffprune/bert';
import { parameterSize } from '@diffprune/bert';
import { Slab } from '@diffprune/kernels';

const slabBytes = 2 ** 30;

/** A parameter tensor with arrays of its length that belong to one slab. */
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
 * Lays out the arrays that training needs for each parameter tensor, in WebAssembly memories that the kernels loop
 * over. A tensor's arrays belong to one slab; a slab holds whole tensors, at most 1 GiB of them (or one tensor that
 * needs more).
 *
 * @param arraysOf how many times `allocate` will be called for a tensor
 */
export async function allocateParameters(
  specs: readonly ParameterSpec[],
  arraysOf: (spec: ParameterSpec) => number,
): Promise<Parameter[]> {
  const needs = specs.map((spec) => (1 + arraysOf(spec)) * Slab.bytesFor(parameterSize(spec)));
  const parameters: Parameter[] = [];
  for (let first = 0; first < specs.length; first = parameters.length) {
    let bytes = needs[first]!;
    let end = first + 1;
    while (end < specs.length && bytes + needs[end]! <= slabBytes) bytes += needs[end++]!;
    const slab = await Slab.create(bytes);
    for (const [i, spec] of specs.slice(first, end).entries()) {
      const size = parameterSize(spec);
      const allocate = (): Float32Array => slab.allocate(size);
      parameters.push({ spec, size, index: first + i, weights: allocate(), allocate });
    }
  }
  return parameters;
}

/** Gives a parameter the array for its gradient. */
export function withGradient(parameter: Parameter): TrainedParameter {
  return { ...parameter, gradient: parameter.allocate() };
}

/** Gives a parameter an array that keeps the weights as they are now: the base. */
export function withBase(parameter: TrainedParameter): DiffParameter {
  const base = parameter.allocate();
  base.set(parameter.weights);
  return { ...parameter, base };
}
