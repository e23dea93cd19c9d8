import type * as tf from '@diffprune/tfjs-core';
import { util } from '@diffprune/tfjs-core';
import { isNumber, where } from './composed.ts';
import type { Value } from './graph.ts';
import type { KernelCall, Translation, Translations } from './kernel-call.ts';
import { sizeOf } from './tensors.ts';

/* Kernels that reduce, or accumulate, along axes. */

/**
 * A reduction of `x` along the call's axes.
 *
 * @param empty the result over no elements; without one such a call is refused
 */
function reduce(call: KernelCall, operator: string, x: Value, empty?: number): Value {
  const { graph } = call;
  const { axis, reductionIndices, keepDims } = call.attributesAs<tf.SumAttrs & tf.MaxAttrs>();
  const axes = util.parseAxisParam(reductionIndices ?? axis, [...x.shape]);
  const kept = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
  const shape = keepDims ? kept : x.shape.filter((_, i) => !axes.includes(i));
  if (sizeOf(x.shape) === 0 && sizeOf(shape) > 0) {
    return empty === undefined
      ? call.refuse('it reduces over no elements, which has no result')
      : graph.uniform(empty, shape, x.dtype);
  }
  // Reducing over axes of one element changes the shape alone.
  if (axes.every((i) => x.shape[i] === 1)) return graph.reshape(x, shape);
  const keepdims = keepDims ? 1 : 0;
  return graph.node(operator, [x, graph.integers(axes)], shape, x.dtype, { keepdims });
}

/** Σ or Π along axes; of integers by way of int64, because ONNX Runtime's own stops at 2^31 - 1, and does not wrap. */
const accumulation =
  (operator: string, empty: number): Translation =>
  (call) => {
    const { graph } = call;
    const x = call.numeric('x');
    if (x.dtype !== 'int32') return reduce(call, operator, x, empty);
    return graph.cast(reduce(call, operator, graph.cast(x, 'int64'), empty), 'int32');
  };

function mean(call: KernelCall): Value {
  return reduce(call, 'ReduceMean', call.graph.cast(call.input('x'), 'float32'), 0);
}

/** A reduction of truth values, on integers. */
const logical =
  (operator: string): Translation =>
  (call) =>
    call.graph.cast(reduce(call, operator, call.graph.cast(call.input('x'), 'int32')), 'bool');

/**
 * The extreme along axes, not-a-number where an element is: ONNX Runtime's own reductions then give an extreme of some
 * of the numbers.
 */
const extreme =
  (operator: string): Translation =>
  (call) => {
    const { graph } = call;
    const x = call.input('x');
    if (x.dtype === 'bool') return logical(operator)(call);
    const found = reduce(call, operator, x);
    if (x.dtype !== 'float32' || sizeOf(found.shape) === sizeOf(x.shape)) return found;
    const numbers = reduce(call, 'ReduceMin', graph.cast(isNumber(graph, x), 'int32'));
    return where(graph, graph.cast(numbers, 'bool'), found, graph.uniform(NaN, [], x.dtype));
  };

/** The first position of the extreme along an axis, among the numbers; `least` is no number's better. */
const arg =
  (operator: string, least: number): Translation =>
  (call) => {
    const { graph } = call;
    const input = call.input('x');
    const x =
      input.dtype === 'float32'
        ? where(graph, isNumber(graph, input), input, graph.uniform(least, [], 'float32'))
        : graph.cast(input, 'int32');
    const [axis = 0] = util.parseAxisParam(call.attributesAs<tf.ArgMaxAttrs>().axis, [...x.shape]);
    const shape = x.shape.filter((_, i) => i !== axis);
    if (x.shape[axis] === 0) call.refuse('it looks for an extreme among no elements');
    return graph.cast(graph.node(operator, [x], shape, 'int64', { axis, keepdims: 0 }), 'int32');
  };

/** e^x / Σ e^x along the last axis. */
function softmax(call: KernelCall): Value {
  const logits = call.graph.cast(call.input('logits'), 'float32');
  return call.graph.node('Softmax', [logits], logits.shape, 'float32', { axis: -1 });
}

function cumulativeSum(call: KernelCall): Value {
  const { graph } = call;
  const x = call.numeric('x');
  const { axis, exclusive, reverse } = call.attributesAs<tf.CumsumAttrs>();
  const [at = 0] = util.parseAxisParam(axis, [...x.shape]);
  const flags = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 };
  return graph.node('CumSum', [x, graph.constant([at], [], 'int64')], x.shape, x.dtype, flags);
}

export const reductions: Translations = {
  Sum: accumulation('ReduceSum', 0),
  Mean: mean,
  Prod: accumulation('ReduceProd', 1),
  Max: extreme('ReduceMax'),
  Min: extreme('ReduceMin'),
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  ArgMax: arg('ArgMax', -Infinity),
  ArgMin: arg('ArgMin', Infinity),
  Softmax: softmax,
  Cumsum: cumulativeSum,
};
