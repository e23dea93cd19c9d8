import type * as tf from '@diffprune/tfjs-core';
import { backend_util, util } from '@diffprune/tfjs-core';
import { binary, where } from './composed.ts';
import type { Graph, Value } from './graph.ts';
import type { KernelCall, Translations } from './kernel-call.ts';
import { scatterAdd } from './scatter.ts';
import { sizeOf } from './tensors.ts';

const { segment_util } = backend_util;

/* Kernels that gather by index and scatter by index. */

/** Indices with negative ones replaced by `size`, so that ONNX, which counts those from the end, refuses them. */
function refuseNegative(graph: Graph, indices: Value, size: Value): Value {
  const zero = graph.uniform(0, [], indices.dtype);
  return where(graph, binary(graph, 'Less', indices, zero, 'bool'), size, indices);
}

/** x[..., indices, ...] along an axis; the first `batchDims` axes of both are the same. */
function gather(call: KernelCall): Value {
  const { graph } = call;
  const x = call.input('x');
  const indices = graph.cast(call.input('indices'), 'int32');
  const attributes = call.attributesAs<tf.GatherV2Attrs>();
  const { batchDims: batches } = attributes;
  const [axis = 0] = util.parseAxisParam(attributes.axis, [...x.shape]);
  // TensorFlow.js reads of the tensors their shapes alone.
  const shapeOf = ({ shape }: Value) => ({ shape: [...shape] }) as tf.Tensor;
  call.check(() => segment_util.collectGatherOpShapeInfo(shapeOf(x), shapeOf(indices), axis, batches));
  const batchDims = batches < 0 ? batches + indices.shape.length : batches;
  const length = x.shape[axis] ?? 0;
  const [outer, slice] = [x.shape.slice(batchDims, axis), x.shape.slice(axis + 1)];
  const batchShape = x.shape.slice(0, batchDims);
  const shape = [...batchShape, ...outer, ...indices.shape.slice(batchDims), ...slice];
  if (length === 0 && sizeOf(shape) > 0) call.refuse(`it gathers from axis ${axis}, which is empty`);
  const checked = refuseNegative(graph, indices, graph.uniform(length, [], 'int32'));
  if (batchDims === 0) return graph.node('Gather', [x, checked], shape, x.dtype, { axis });
  // One gather over all batches: axis of x first in each batch, rows numbered through.
  const [batch, before, after] = [sizeOf(batchShape), sizeOf(outer), sizeOf(slice)];
  const rows = graph.reshape(
    graph.transpose(graph.reshape(x, [batch, before, length, after]), [0, 2, 1, 3]),
    [batch * length, before * after],
  );
  const flat = graph.reshape(checked, [batch, sizeOf(indices.shape.slice(batchDims))]);
  const outside = graph.uniform(batch * length, [], 'int32');
  const inside = binary(graph, 'Less', flat, graph.uniform(length, [], 'int32'), 'bool');
  const starts = graph.constant(
    Int32Array.from({ length: batch }, (_, i) => i * length),
    [batch, 1],
    'int32',
  );
  const row = where(graph, inside, binary(graph, 'Add', flat, starts), outside);
  const count = flat.shape[1] ?? 0;
  const found = graph.node('Gather', [rows, row], [batch, count, before * after], x.dtype, { axis: 0 });
  const parts = graph.reshape(found, [batch, count, before, after]);
  return graph.reshape(graph.transpose(parts, [0, 2, 1, 3]), shape);
}

/** Σ of the slices of x with the same segment id; slices of ids outside [0, numSegments) are dropped. */
function unsortedSegmentSum(call: KernelCall): Value {
  const { graph } = call;
  const x = call.input('x');
  const ids = graph.cast(call.input('segmentIds'), 'int32');
  const { numSegments } = call.attributesAs<tf.UnsortedSegmentSumAttrs>();
  if (ids.shape.length !== 1) call.refuse('segment ids have one axis');
  if (x.dtype !== 'float32') call.refuse('segments are sums of float32; cast its input');
  const n = ids.shape[0] ?? 0;
  const shape = [numSegments, ...x.shape.slice(1)];
  if (sizeOf(shape) === 0) return graph.uniform(0, shape, x.dtype);
  const updates = graph.reshape(x, [n, sizeOf(shape) / numSegments]);
  const zero = graph.uniform(0, [], 'int32');
  const inside = binary(
    graph,
    'And',
    binary(graph, 'GreaterOrEqual', ids, zero, 'bool'),
    binary(graph, 'Less', ids, graph.uniform(numSegments, [], 'int32'), 'bool'),
    'bool',
  );
  const kept = where(graph, graph.reshape(inside, [n, 1]), updates, graph.uniform(0, [], x.dtype));
  return scatterAdd(graph, where(graph, inside, ids, zero), kept, shape);
}

/** Tuples of indices [..., depth] as positions in the row-major order of their axes [...]. */
function flatten(graph: Graph, indices: Value, axes: readonly number[]): Value {
  const depth = axes.length;
  const last = [...indices.shape.slice(0, -1)];
  const sizes = graph.constant(axes, [depth], 'int32');
  const all = (operator: string, bound: Value) => binary(graph, operator, indices, bound, 'bool');
  const inside = binary(
    graph,
    'And',
    all('GreaterOrEqual', graph.uniform(0, [], 'int32')),
    all('Less', sizes),
    'bool',
  );
  const strides = axes.map((_, i) => sizeOf(axes.slice(i + 1)));
  const offsets = binary(graph, 'Mul', indices, graph.constant(strides, [depth], 'int32'));
  // One index outside makes the position one that is outside.
  const outside = graph.uniform(sizeOf(axes), [], 'int32');
  const checked = where(graph, inside, offsets, outside);
  const axis = graph.integers([last.length]);
  const position = graph.node('ReduceSum', [checked, axis], last, 'int32', { keepdims: 0 });
  return refuseNegative(graph, position, outside);
}

/** Slices x[i, j, ...] for index tuples [..., depth]. */
function gatherNd(call: KernelCall): Value {
  const { graph } = call;
  const params = call.input('params');
  const indices = graph.cast(call.input('indices'), 'int32');
  const depth = indices.shape.at(-1) ?? call.refuse('its indices are a scalar; expected tuples [..., depth]');
  if (depth > params.shape.length) {
    call.refuse(
      `its indices have ${depth} positions, more than the ${params.shape.length} axes that they index`,
    );
  }
  const [axes, slice] = [params.shape.slice(0, depth), params.shape.slice(depth)];
  const shape = [...indices.shape.slice(0, -1), ...slice];
  if (sizeOf(shape) === 0) return graph.uniform(0, shape, params.dtype);
  if (sizeOf(axes) === 0) call.refuse('it gathers from axes without elements');
  const rows = graph.reshape(params, [sizeOf(axes), ...slice]);
  return graph.node('Gather', [rows, flatten(graph, indices, axes)], shape, params.dtype, { axis: 0 });
}

/** Zeros of a shape with slices added at index tuples [..., depth]; indices [n] are n tuples of one. */
function scatterNd(call: KernelCall): Value {
  const { graph } = call;
  const updates = call.numeric('updates');
  const positions = graph.cast(call.input('indices'), 'int32');
  const { shape } = call.attributesAs<tf.ScatterNdAttrs>();
  const indices =
    positions.shape.length === 1 ? graph.reshape(positions, [...positions.shape, 1]) : positions;
  const depth = indices.shape.at(-1) ?? 0;
  const [axes, slice] = [shape.slice(0, depth), shape.slice(depth)];
  if (sizeOf(shape) === 0) return graph.uniform(0, shape, updates.dtype);
  const n = sizeOf(indices.shape.slice(0, -1));
  const rows = graph.reshape(updates, [n, sizeOf(slice)]);
  const at = graph.reshape(flatten(graph, indices, axes), [n]);
  return scatterAdd(graph, at, rows, shape);
}

/** `onValue` where the position along a new last axis is the index, `offValue` elsewhere. */
function oneHot(call: KernelCall): Value {
  const { graph } = call;
  const indices = graph.cast(call.input('indices'), 'int32');
  const { depth, onValue, offValue, dtype } = call.attributesAs<tf.OneHotAttrs>();
  const type = dtype === 'int32' || dtype === 'bool' ? dtype : 'float32';
  const positions = graph.constant(
    Int32Array.from({ length: depth }, (_, i) => i),
    [depth],
    'int32',
  );
  const column = graph.reshape(indices, [...indices.shape, 1]);
  const hot = binary(graph, 'Equal', column, positions, 'bool');
  return where(graph, hot, graph.uniform(onValue, [], type), graph.uniform(offValue, [], type));
}

export const indexing: Translations = {
  GatherV2: gather,
  GatherNd: gatherNd,
  ScatterNd: scatterNd,
  UnsortedSegmentSum: unsortedSegmentSum,
  OneHot: oneHot,
};
