import type * as tf from '@tensorflow/tfjs';
import { constantValues, Graph, type Value } from '../graph.ts';
import type { TensorData, TensorSpec } from '../program.ts';
import { arrayOf, sizeOf } from '../tensors.ts';
import { TraceBackend } from '../trace-backend.ts';
import { traceOf } from '../trace.ts';
import { loadTrace, type LoadGraph } from '../traced-runtime.ts';

/**
 * A TensorFlow.js backend that computes when it is read: its kernels add to a graph, as they do while a function is
 * compiled, and `read` runs the part of the graph that leads to the tensor as a program of the engine.
 */
export class DeferredBackend extends TraceBackend {
  readonly #specs: Record<string, TensorSpec> = {};
  readonly #data: Record<string, TensorData> = {};
  /** Values of written tensors, which can be read at once. */
  readonly #written = new WeakMap<tf.DataId, tf.BackendValues>();
  readonly #symbols = new WeakMap<tf.DataId, Value>();

  /** @param constants whether tensors that are written become constants of programs, else they are inputs */
  constructor(
    private readonly loadGraph: LoadGraph,
    private readonly constants: boolean,
  ) {
    super(new Graph(), false);
  }

  override symbol(value: Value): tf.TensorInfo {
    const info = super.symbol(value);
    this.#symbols.set(info.dataId, value);
    return info;
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    const numeric = dtype === 'float32' || dtype === 'int32' || dtype === 'bool';
    if (this.constants || !numeric || sizeOf(shape) === 0) return super.write(values, shape, dtype);
    const name = `x${Object.keys(this.#specs).length}`;
    const edge = dtype === 'float32' ? dtype : 'int32';
    this.#specs[name] = { shape, dtype: edge };
    const list = values as ArrayLike<number>;
    this.#data[name] = edge === 'float32' ? Float32Array.from(list) : Int32Array.from(list);
    const { dataId } = this.symbol(this.graph.cast(this.graph.input(name, { shape, dtype: edge }), dtype));
    this.#written.set(dataId, values);
    return dataId;
  }

  override readSync(dataId: tf.DataId): tf.BackendValues {
    return this.#written.get(dataId) ?? super.readSync(dataId);
  }

  override async read(dataId: tf.DataId): Promise<tf.BackendValues> {
    const value = this.#symbols.get(dataId);
    if (value?.source.kind === 'constant') return constantValues(value) as tf.BackendValues;
    if (value === undefined || this.#written.has(dataId)) return this.readSync(dataId);
    const y = this.graph.cast(value, value.dtype === 'float32' ? 'float32' : 'int32');
    const loaded = await loadTrace(this.loadGraph, traceOf(this.graph, { y }));
    try {
      const data = arrayOf(loaded.outputs['y']!);
      await loaded.run(this.#data, { y: data });
      return value.dtype === 'bool' ? Uint8Array.from(data as Int32Array) : data;
    } finally {
      await loaded.release();
    }
  }
}
