import { TraceError } from './errors.ts';
import type { Graph, Value } from './graph.ts';

/** What a TensorFlow.js kernel call means as ONNX: adds to the call's graph and returns the results. */
export type Translation = (call: KernelCall) => Value | Value[];

/** Translations by the name of the TensorFlow.js kernel. */
export type Translations = Readonly<Record<string, Translation>>;

/** One call of a TensorFlow.js kernel while a function is traced. */
export class KernelCall {
  /**
   * @param inputs by TensorFlow.js's names, or by position for kernels that take a list
   */
  constructor(
    readonly graph: Graph,
    readonly kernel: string,
    readonly inputs: Readonly<Record<string, Value>>,
    readonly attributes: object,
  ) {}

  /** The kernel's attributes as TensorFlow.js declares them. */
  attributesAs<Attributes>(): Attributes {
    return this.attributes as Attributes;
  }

  /** The input of that name. */
  input(name: string): Value {
    return this.inputs[name] ?? this.refuse(`it has no input '${name}'`);
  }

  /** The input of that name, if it is float32 or int32. */
  numeric(name: string): Value {
    const value = this.input(name);
    return value.dtype === 'bool'
      ? this.refuse('ONNX has no arithmetic on bool; cast to int32 or float32 first')
      : value;
  }

  /** Inputs in order, for kernels that take a list. */
  get list(): Value[] {
    return Object.values(this.inputs);
  }

  /**
   * What a check of TensorFlow.js's own returns.
   *
   * @throws TraceError with what it throws as the reason
   */
  check<Result>(check: () => Result): Result {
    try {
      return check();
    } catch (error) {
      return this.refuse((error as Error).message);
    }
  }

  /** @throws TraceError always, naming the kernel with its inputs and attributes */
  refuse(reason: string): never {
    const inputs = Object.entries(this.inputs).map(([name, v]) => `${name}: ${v.dtype}[${v.shape}]`);
    throw new TraceError(
      `TensorFlow.js kernel ${this.kernel}(${inputs.join(', ')}) with attributes ` +
        `${JSON.stringify(this.attributes)} cannot be compiled: ${reason}`,
    );
  }
}
