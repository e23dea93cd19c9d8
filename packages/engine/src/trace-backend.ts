import * as tf from '@diffprune/tfjs-core';
import { TraceError } from './errors.ts';
import { constantValues, type Graph, type Value } from './graph.ts';
import { kernelNames } from './generated/kernel-names.ts';
import { KernelCall } from './kernel-call.ts';
import { translations } from './translations.ts';

export const backendName = 'diffprune-trace';

/**
 * A TensorFlow.js backend that computes nothing: each tensor stands for a value of a graph, and each kernel
 * adds its translation to the graph.
 */
export class TraceBackend extends tf.KernelBackend {
  readonly #values = new WeakMap<tf.DataId, Value>();
  /** Tensors that share a data id beyond the first: a variable and the tensor that it was made of. */
  readonly #sharers = new WeakMap<tf.DataId, number>();
  /** Set once the traced function tried to read a symbolic tensor, even if it caught the error. */
  readAttempt: TraceError | undefined;

  /** @param keepsOperations whether operations that a runtime has kernels for are nodes (operations/operation.ts) */
  constructor(
    readonly graph: Graph,
    readonly keepsOperations: boolean,
  ) {
    super();
  }

  /** A tensor that stands for `value`. */
  symbol(value: Value): tf.TensorInfo {
    const dataId = {};
    this.#values.set(dataId, value);
    return { dataId, shape: [...value.shape], dtype: value.dtype as tf.DataType };
  }

  /** What a tensor stands for; one that another backend holds becomes a constant. */
  value(tensor: tf.TensorInfo): Value {
    let value = this.#values.get(tensor.dataId);
    if (value === undefined) {
      const { dataId, shape, dtype } = tensor;
      value = this.#constant((tensor as tf.Tensor).dataSync(), shape, dtype);
      this.#values.set(dataId, value);
    }
    return value;
  }

  #constant(values: tf.BackendValues, shape: number[], dtype: tf.DataType): Value {
    if (dtype === 'string' || dtype === 'complex64') {
      throw new TraceError(`a ${dtype} tensor of shape [${shape}] cannot be compiled; use float32 or int32`);
    }
    return this.graph.constant(values as ArrayLike<number>, shape, dtype);
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    const dataId = {};
    this.#values.set(dataId, this.#constant(values, shape, dtype));
    return dataId;
  }

  override readSync(dataId: tf.DataId): tf.BackendValues {
    const value = this.#values.get(dataId);
    if (value?.source.kind === 'constant') return constantValues(value) as tf.BackendValues;
    this.readAttempt ??= new TraceError(
      `the function reads the values of a tensor of shape [${value?.shape}] (dataSync, data, array, print or ` +
        'the like) while it is compiled, when there are none yet; compute with tensor operations instead',
    );
    throw this.readAttempt;
  }

  override async read(dataId: tf.DataId): Promise<tf.BackendValues> {
    return this.readSync(dataId);
  }

  override numDataIds(): number {
    return 0;
  }

  override refCount(dataId: tf.DataId): number {
    return 1 + (this.#sharers.get(dataId) ?? 0);
  }

  override incRef(dataId: tf.DataId): void {
    this.#sharers.set(dataId, this.refCount(dataId));
  }

  override disposeData(dataId: tf.DataId, force = false): boolean {
    const others = this.refCount(dataId) - 1;
    if (others > 0) this.#sharers.set(dataId, others - 1);
    return force || others === 0;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {}
}

/**
 * Makes the translations TensorFlow.js kernels of the trace backend, once in a process. Kernels of TensorFlow.js that
 * have no translation throw a TraceError.
 */
export function registerTraceKernels(): void {
  if (tf.getKernelsForBackend(backendName).length > 0) return;
  for (const kernelName of new Set([...kernelNames, ...Object.keys(translations)])) {
    const translate =
      translations[kernelName] ?? ((call: KernelCall) => call.refuse('it has no translation to ONNX'));
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc({ inputs, attrs, backend }) {
        const trace = backend as TraceBackend;
        const call = new KernelCall(
          trace.graph,
          kernelName,
          Object.fromEntries(valuesOf(trace, inputs)),
          attrs ?? {},
        );
        const result = translate(call);
        return Array.isArray(result) ? result.map((value) => trace.symbol(value)) : trace.symbol(result);
      },
    });
  }
}

/** What a kernel's inputs stand for, by name; a few kernels take lists of tensors beside tensors. */
function valuesOf(trace: TraceBackend, inputs: tf.NamedTensorInfoMap): [string, Value][] {
  return Object.entries(inputs as Record<string, tf.TensorInfo | tf.TensorInfo[] | null | undefined>).flatMap(
    ([name, input]): [string, Value][] => {
      if (Array.isArray(input)) return input.map((each, i) => [`${name}[${i}]`, trace.value(each)]);
      return input == null ? [] : [[name, trace.value(input)]];
    },
  );
}
