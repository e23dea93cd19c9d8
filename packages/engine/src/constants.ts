import type * as tf from '@diffprune/tfjs-core';
import type { KernelCall, Translation, Translations } from './kernel-call.ts';

/* Kernels whose result is known when a function is traced. */

const like =
  (value: number): Translation =>
  (call) => {
    const x = call.input('x');
    return call.graph.uniform(value, x.shape, x.dtype);
  };

function fill(call: KernelCall) {
  const { shape, value, dtype } = call.attributesAs<tf.FillAttrs>();
  if (typeof value === 'string' || dtype === 'string' || dtype === 'complex64') {
    return call.refuse('use numbers of float32, int32 or bool');
  }
  return call.graph.uniform(Number(value), shape, dtype ?? 'float32');
}

/**
 * start, start + step, ... up to but without stop, each added to the one before in the element type; down by 1 where
 * stop is below start and step is 1, its default.
 */
function range(call: KernelCall) {
  const attributes = call.attributesAs<tf.RangeAttrs>();
  const { start, stop, dtype } = attributes;
  const step = attributes.step === 1 && stop < start ? -1 : attributes.step;
  const length = (stop - start) * step > 0 ? Math.ceil((stop - start) / step) : 0;
  const values = dtype === 'int32' ? new Int32Array(length) : new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = i === 0 ? start : (values[i - 1] ?? 0) + step;
  return call.graph.constant(values, [length], dtype === 'int32' ? 'int32' : 'float32');
}

export const constants: Translations = {
  ZerosLike: like(0),
  OnesLike: like(1),
  Fill: fill,
  Range: range,
};
