import { sizeOf } from './tensors.ts';

/** Element types inside a program; only float32 and int32 cross its edges. */
export type ElementType = 'float32' | 'float64' | 'int32' | 'int64' | 'bool';

/** A constant's values, in row-major order; bool is one byte for each element. */
export type ConstantData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

const constantTypes = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
};

/** An attribute of an ONNX node; a number is an INT, for FLOAT say `{ float: number }`. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** One tensor of a program: where it comes from, its shape and its element type. */
export interface Value {
  /** Serial number: an operation's inputs have smaller ones than its result. */
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: ElementType;
  readonly source:
    | { readonly kind: 'input'; readonly name: string }
    /** Values in full, or the one number that all elements equal. */
    | { readonly kind: 'constant'; readonly data: ConstantData | number }
    | {
        readonly kind: 'node';
        /** An ONNX operator; those of other domains as `domain::Operator`. */
        readonly operator: string;
        readonly inputs: readonly Value[];
        readonly attributes: Readonly<Record<string, Attribute>>;
      };
}

/** The one number that all elements of a constant equal; undefined for any other value. */
export function uniformValue(value: Value): number | undefined {
  const { source } = value;
  return source.kind === 'constant' && typeof source.data === 'number' ? source.data : undefined;
}

/** A constant's values in full. */
export function constantValues({ shape, dtype, source }: Value): ConstantData {
  const data = source.kind === 'constant' ? source.data : NaN;
  if (typeof data !== 'number') return data;
  if (dtype === 'int64') return new BigInt64Array(sizeOf(shape)).fill(BigInt(data));
  return new constantTypes[dtype](sizeOf(shape)).fill(data);
}

/** Whether two shapes have the same axes. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

/**
 * A program under construction: a graph of values. Equal operations on equal values are one value, so that no
 * common subexpression is computed twice, and tensors without elements are never computed at all.
 */
export class Graph {
  readonly #known = new Map<string, Value>();
  /** Values that are sums of the rows `updates` [n, width] by `index`, int32 [n]. */
  readonly scatters = new Map<Value, { readonly index: Value; readonly updates: Value }>();
  #count = 0;

  /** The value that `key` stands for, made on first use. */
  #value(key: string, shape: readonly number[], dtype: ElementType, source: () => Value['source']): Value {
    const full = `${key} ${dtype}[${shape}]`;
    let value = this.#known.get(full);
    if (value === undefined) {
      value = { id: this.#count++, shape: [...shape], dtype, source: source() };
      this.#known.set(full, value);
    }
    return value;
  }

  /** An input of the program. */
  input(name: string, { shape, dtype }: Pick<Value, 'shape' | 'dtype'>): Value {
    return this.#value(`input ${name}`, shape, dtype, () => ({ kind: 'input', name }));
  }

  /** A tensor whose elements all equal `value`. */
  uniform(value: number, shape: readonly number[], dtype: ElementType): Value {
    const data = representable(value, dtype);
    return this.#value(`uniform ${exact(data)}`, shape, dtype, () => ({ kind: 'constant', data }));
  }

  /** A tensor of known values, which must not be changed afterwards. */
  constant(values: ArrayLike<number>, shape: readonly number[], dtype: ElementType): Value {
    const first = values[0] ?? 0;
    let i = 1;
    while (i < values.length && Object.is(values[i], first)) i++;
    if (i >= values.length) return this.uniform(first, shape, dtype);
    const data =
      dtype === 'int64'
        ? BigInt64Array.from(Array.from(values), BigInt)
        : values instanceof constantTypes[dtype]
          ? values
          : new constantTypes[dtype](values);
    const key = values.length <= 256 ? Array.from(values, exact).join() : `#${this.#count}`;
    return this.#value(`constant ${key}`, shape, dtype, () => ({ kind: 'constant', data }));
  }

  /** A list of whole numbers as ONNX wants shapes and axes: int64 [n]. */
  integers(values: readonly number[]): Value {
    return this.constant(values, [values.length], 'int64');
  }

  /** The result of an ONNX operator of one output. */
  node(
    operator: string,
    inputs: readonly Value[],
    shape: readonly number[],
    dtype: ElementType,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    if (sizeOf(shape) === 0) return this.uniform(0, shape, dtype);
    const key = `${operator}(${inputs.map((input) => input.id)})${JSON.stringify(attributes)}`;
    return this.#value(key, shape, dtype, () => ({ kind: 'node', operator, inputs, attributes }));
  }

  /** A second tensor of the same elements, of its own for each `label`. */
  copy(value: Value, label: string): Value {
    const source = { kind: 'node', operator: 'Identity', inputs: [value], attributes: {} } as const;
    return this.#value(`copy ${value.id} ${label}`, value.shape, value.dtype, () => source);
  }

  /**
   * `value` with another element type: floats lose their fraction, true is 1. What int32 cannot hold wraps around, and
   * not-a-number and infinities become 0, as in a JavaScript array.
   */
  cast(value: Value, dtype: ElementType): Value {
    if (value.dtype === dtype) return value;
    const uniform = uniformValue(value);
    if (uniform !== undefined) return this.uniform(uniform, value.shape, dtype);
    if (value.dtype.startsWith('float') && dtype === 'int32') {
      // The remainder also keeps ONNX Runtime from making one cast of the two, whose overflow is the processor's.
      const modulus = this.uniform(2 ** 32, [], 'int64');
      const low = this.node('Mod', [this.cast(value, 'int64'), modulus], value.shape, 'int64');
      return this.cast(low, dtype);
    }
    return this.node('Cast', [value], value.shape, dtype, { to: elementCodes[dtype] });
  }

  /** `value` with the same elements in another shape. */
  reshape(value: Value, shape: readonly number[]): Value {
    const { source } = value;
    if (sameShape(value.shape, shape)) return value;
    if (source.kind === 'node' && source.operator === 'Reshape' && source.inputs[0] !== undefined) {
      return this.reshape(source.inputs[0], shape);
    }
    if (source.kind === 'constant') {
      return typeof source.data === 'number'
        ? this.uniform(source.data, shape, value.dtype)
        : this.#value(`reshape ${value.id}`, shape, value.dtype, () => source);
    }
    return this.node('Reshape', [value, this.integers(shape)], shape, value.dtype);
  }

  /** `value` repeated along its missing and size-one axes up to `shape`. */
  expand(value: Value, shape: readonly number[]): Value {
    if (sameShape(value.shape, shape)) return value;
    const uniform = uniformValue(value);
    if (uniform !== undefined) return this.uniform(uniform, shape, value.dtype);
    return this.node('Expand', [value, this.integers(shape)], shape, value.dtype);
  }

  /** Axes of `value` in another order: axis i of the result is axis `perm[i]`. */
  transpose(value: Value, perm: readonly number[]): Value {
    if (perm.every((axis, i) => axis === i)) return value;
    const shape = perm.map((axis) => value.shape[axis] ?? 0);
    return this.node('Transpose', [value], shape, value.dtype, { perm });
  }
}

/** What becomes of a number in an array of an element type. */
function representable(value: number, dtype: ElementType): number {
  if (dtype === 'bool') return value === 0 ? 0 : 1;
  if (dtype === 'int64') return Math.trunc(value);
  return new constantTypes[dtype]([value])[0] ?? 0;
}

/** A number as text that no other number has. */
function exact(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** ONNX's numbers for the element types (TensorProto.DataType). */
export const elementCodes: Readonly<Record<ElementType, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};
