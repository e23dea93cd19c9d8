import * as tf from '@diffprune/tfjs-core';
import type { Rows, Step } from '@diffprune/inference-kernels';
import { sameShape, type Attribute } from '../graph.ts';
import { TraceBackend } from '../trace-backend.ts';

/** Where the tensors of an operation lie, for the kernel that computes it. */
export interface Placed {
  readonly shapes: readonly (readonly number[])[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly out: Rows;
  /** Rows along the last axis of input `i`. */
  rows(i: number): Rows;
  /** The address of input `i`, weights that are packed as a linear layer's. */
  matrix(i: number): number;
  /** The address of input `i`, weights that are a vector. */
  vector(i: number): number;
  /** The address of input `i`, weights that are a table of rows, which the whole numbers of input `by` choose from. */
  table(i: number, by?: number): number;
  /** The address of input `i`, whole numbers. */
  words(i: number): number;
}

/** An operation that a runtime of our own computes by one kernel. */
export interface Operation {
  readonly name: string;
  step(placed: Placed): Step;
}

/** What stands before the names of these operations in a graph. */
export const domain = 'diffprune';

/** An operation's tensors and numbers. */
interface Call {
  readonly inputs: readonly tf.Tensor[];
  readonly shape: readonly number[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/**
 * An operation: one node where a graph keeps operations whole, and else what defines it, with its gradient.
 *
 * @param define the same in operations of TensorFlow.js
 */
export function operation<T extends tf.Tensor>(
  { name }: Operation,
  { inputs, shape, attributes }: Call,
  define: () => T,
): T {
  const engine = tf.engine();
  const backend: unknown = tf.backend();
  if (!(backend instanceof TraceBackend && backend.keepsOperations)) return define();
  const values = inputs.map((input) => backend.value(input));
  const node = backend.graph.node(`${domain}::${name}`, values, shape, 'float32', attributes);
  const symbol = backend.symbol(node);
  return engine.makeTensorFromDataId(symbol.dataId, symbol.shape, symbol.dtype) as T;
}

/**
 * Checks the shapes of an operation's tensors: kernels trust them.
 *
 * @param expected by name, the tensor and the shape that it must have
 * @throws RangeError naming the first that has another
 */
export function checkShapes(
  operation: string,
  expected: Readonly<Record<string, readonly [tf.Tensor, readonly number[]]>>,
): void {
  for (const [name, [{ shape }, wanted]] of Object.entries(expected)) {
    if (sameShape(shape, wanted)) continue;
    throw new RangeError(`${operation}: \`${name}\` has shape [${shape}], expected [${wanted}]`);
  }
}
