import type * as tf from '@diffprune/tfjs-core';
import { broadcast_util } from '@diffprune/tfjs-core';
import { activations, binary } from './composed.ts';
import type { Value } from './graph.ts';
import type { KernelCall, Translations } from './kernel-call.ts';

/* Matrix products. ONNX Runtime's FusedMatMul takes transposes as flags, so that nothing is copied. */

/** Product of [..., m, k] and [..., k, n], either stored with its last two axes swapped; batches broadcast. */
function product(call: KernelCall): Value {
  const [a, b] = [call.input('a'), call.input('b')];
  const { transposeA, transposeB } = call.attributesAs<tf.BatchMatMulAttrs>();
  if (a.shape.length < 2 || b.shape.length < 2) call.refuse('its inputs have two axes at least');
  const [rows = 0, inner = 0] = a.shape.slice(-2);
  const [innerB = 0, columns = 0] = b.shape.slice(-2);
  if ((transposeA ? rows : inner) !== (transposeB ? columns : innerB)) {
    call.refuse('the columns of the first matrix are not as many as the rows of the second');
  }
  const batch = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, transposeA ? inner : rows, transposeB ? innerB : columns];
  if ((transposeA ? rows : inner) === 0) return call.graph.uniform(0, shape, a.dtype);
  if (a.dtype !== 'float32') call.refuse('matrix products are of float32; cast its inputs');
  const flags = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
  if (flags.transA + flags.transB === 0) return call.graph.node('MatMul', [a, b], shape, a.dtype);
  return call.graph.node('com.microsoft::FusedMatMul', [a, b], shape, a.dtype, flags);
}

/** A product with bias and activation. */
function fused(call: KernelCall): Value {
  const { activation } = call.attributesAs<tf._FusedMatMulAttrs>();
  const activate = activations[activation] ?? call.refuse(`activation ${activation} is not translated`);
  const { bias } = call.inputs;
  const result = product(call);
  return activate(call.graph, bias ? binary(call.graph, 'Add', result, bias) : result);
}

export const matmul: Translations = {
  BatchMatMul: product,
  _FusedMatMul: fused,
};
