import type { ParameterSpec } from '@diffprune/bert';
import { parameterSize } from '@diffprune/bert';
import { Slab, type MemoryKind } from '@diffprune/kernels';

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
  /** A further zeroed array of this tensor's length, for kernels. */
  allocate(): Float32Array;
  /** The same for what programs read or write too. */
  allocateForPrograms(): Float32Array;
}

/** What a parameter needs of memory. */
export interface Layout {
  /** How many times `allocate` will be called. */
  readonly arrays: number;
  /** How many arrays it needs that programs read or write, its weights among them. */
  readonly forPrograms: number;
  /**
   * `shared` where the kernels have so much to do with each element that it pays to give it to all threads. ONNX
   * Runtime refuses shared memory: what programs see lies outside then, and is copied on the way.
   */
  readonly memory: MemoryKind;
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
 */
export async function allocateParameters(
  specs: readonly ParameterSpec[],
  layoutOf: (spec: ParameterSpec) => Layout,
): Promise<Parameter[]> {
  const parameters: Parameter[] = [];
  for (const memory of ['plain', 'shared'] as const) {
    const members = specs.flatMap((spec, index) => {
      const { arrays, forPrograms, memory: kind } = layoutOf(spec);
      const inside = kind === 'plain' ? arrays + forPrograms : arrays;
      const size = parameterSize(spec);
      return kind === memory ? [{ spec, index, size, bytes: inside * Slab.bytesFor(size) }] : [];
    });
    for (let first = 0; first < members.length;) {
      let bytes = members[first]!.bytes;
      let end = first + 1;
      while (end < members.length && bytes + members[end]!.bytes <= slabBytes) bytes += members[end++]!.bytes;
      const slab = await Slab.create(bytes, memory);
      for (const { spec, index, size } of members.slice(first, end)) {
        const allocate = (): Float32Array => slab.allocate(size);
        const allocateForPrograms = memory === 'plain' ? allocate : () => slab.allocateOutside(size);
        parameters[index] = {
          spec,
          size,
          index,
          weights: allocateForPrograms(),
          allocate,
          allocateForPrograms,
        };
      }
      first = end;
    }
  }
  return parameters;
}

/** Gives a parameter the array for its gradient. */
export function withGradient(parameter: Parameter): TrainedParameter {
  return { ...parameter, gradient: parameter.allocateForPrograms() };
}

/** Gives a parameter the array for its gradient and one that keeps the weights as they are now: the base. */
export function withBase(parameter: Parameter): DiffParameter {
  const base = parameter.allocate();
  base.set(parameter.weights);
  return { ...withGradient(parameter), base };
}
