import type * as tf from '@diffprune/tfjs-core';
import { backend_util, slice_util, util } from '@diffprune/tfjs-core';
import { type Graph, sameShape, type Value } from './graph.ts';
import type { KernelCall, Translations } from './kernel-call.ts';
import { sizeOf } from './tensors.ts';

/* Kernels that rearrange elements. */

/** `size` elements along each axis, starting at `begin`, every `stride`-th. */
export function slice(
  graph: Graph,
  x: Value,
  begin: readonly number[],
  size: readonly number[],
  strides: readonly number[] = begin.map(() => 1),
): Value {
  const axes = x.shape.flatMap((length, i) => (strides[i] === 1 && length === size[i] ? [] : [i]));
  if (axes.length === 0) return x;
  // An end before the first element, as a negative stride needs, is any number below -length.
  const ends = axes.map((i) => {
    const end = (begin[i] ?? 0) + (size[i] ?? 0) * (strides[i] ?? 1);
    return end < 0 ? -(2 ** 31) : end;
  });
  const bounds = [axes.map((i) => begin[i] ?? 0), ends, axes, axes.map((i) => strides[i] ?? 1)];
  return graph.node('Slice', [x, ...bounds.map((list) => graph.integers(list))], size, x.dtype);
}

function stridedSlice(call: KernelCall): Value {
  const x = call.input('x');
  const attributes = call.attributesAs<tf.StridedSliceAttrs>();
  const { begin, end, strides, finalShape } = slice_util.sliceInfo(
    [...x.shape],
    attributes.begin,
    attributes.end,
    attributes.strides,
    attributes.beginMask,
    attributes.endMask,
    attributes.ellipsisMask,
    attributes.newAxisMask,
    attributes.shrinkAxisMask,
  );
  // TensorFlow.js says -0 of some axes without elements.
  const whole = (shape: number[]) => shape.map((axis) => axis + 0);
  const size = whole(slice_util.computeOutShape(begin, end, strides));
  return call.graph.reshape(slice(call.graph, x, begin, size, strides), whole(finalShape));
}

/** Parts, of shapes that are equal but along `axis`, one after another. */
function concat(call: KernelCall, parts: readonly Value[], axis: number): Value {
  const [first = call.refuse('it has no inputs')] = parts;
  const lists = parts.map(({ shape }) => [...shape]);
  call.check(() => backend_util.assertParamsConsistent(lists, axis));
  if (parts.some(({ dtype }) => dtype !== first.dtype)) {
    call.refuse('its inputs are of different element types; cast them');
  }
  const full = parts.filter(({ shape }) => sizeOf(shape) > 0);
  if (full.length === 1 && full[0]) return full[0];
  const shape = backend_util.computeOutShape(lists, axis);
  return call.graph.node('Concat', full, shape, first.dtype, { axis });
}

/** Parts of `x` of the given sizes along `axis`, one after another. */
function split(graph: Graph, x: Value, sizes: readonly number[], axis: number): Value[] {
  let at = 0;
  return sizes.map((length) => {
    const begin = x.shape.map((_, i) => (i === axis ? at : 0));
    at += length;
    return slice(graph, x, begin, Object.assign([...x.shape], { [axis]: length }));
  });
}

function pad(graph: Graph, x: Value, { paddings, constantValue }: tf.PadV2Attrs): Value {
  if (paddings.every(([before, after]) => before + after === 0)) return x;
  const shape = x.shape.map((size, i) => size + (paddings[i]?.[0] ?? 0) + (paddings[i]?.[1] ?? 0));
  if (sizeOf(x.shape) === 0) return graph.uniform(constantValue, shape, x.dtype);
  const pads = graph.integers([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  return graph.node('Pad', [x, pads, graph.uniform(constantValue, [], x.dtype)], shape, x.dtype);
}

function tile(graph: Graph, x: Value, { reps }: tf.TileAttrs): Value {
  const shape = x.shape.map((size, i) => size * (reps[i] ?? 1));
  // Repeating axes of one element is broadcasting.
  if (reps.every((times, i) => times === 1 || x.shape[i] === 1)) return graph.expand(x, shape);
  return graph.node('Tile', [x, graph.integers(reps)], shape, x.dtype);
}

/** `axis` of a tensor of that rank, counted from the front. */
function axisOf(call: KernelCall, axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) call.refuse(`axis ${axis} is not in [${-rank}, ${rank})`);
  return axis < 0 ? axis + rank : axis;
}

function reverse(graph: Graph, x: Value, { dims }: tf.ReverseAttrs): Value {
  const axes = util.parseAxisParam(dims, [...x.shape]);
  const begin = x.shape.map((size, i) => (axes.includes(i) ? size - 1 : 0));
  const strides = x.shape.map((_, i) => (axes.includes(i) ? -1 : 1));
  return slice(graph, x, begin, x.shape, strides);
}

export const shapes: Translations = {
  Reshape: (call) => {
    const x = call.input('x');
    const { shape } = call.attributesAs<tf.ReshapeAttrs>();
    return call.graph.reshape(x, util.inferFromImplicitShape(shape, sizeOf(x.shape)));
  },
  ExpandDims: (call) => {
    const input = call.input('input');
    const axis = axisOf(call, call.attributesAs<tf.ExpandDimsAttrs>().dim, input.shape.length + 1);
    return call.graph.reshape(input, input.shape.toSpliced(axis, 0, 1));
  },
  Transpose: (call) => call.graph.transpose(call.input('x'), call.attributesAs<tf.TransposeAttrs>().perm),
  Slice: (call) => {
    const x = call.input('x');
    const { begin, size } = call.attributesAs<tf.SliceAttrs>();
    // TensorFlow.js reads of the tensor its shape alone.
    const tensor = { shape: [...x.shape], rank: x.shape.length } as tf.Tensor;
    const [from, length] = slice_util.parseSliceParams(tensor, begin, size);
    call.check(() => slice_util.assertParamsValid(tensor, from as number[], length as number[]));
    return slice(call.graph, x, from as number[], length as number[]);
  },
  StridedSlice: stridedSlice,
  Concat: (call) => {
    const rank = call.list[0]?.shape.length ?? 0;
    return concat(call, call.list, axisOf(call, call.attributesAs<tf.ConcatAttrs>().axis, rank));
  },
  Pack: (call) => {
    const [first = call.input('0')] = call.list;
    const axis = axisOf(call, call.attributesAs<tf.PackAttrs>().axis, first.shape.length + 1);
    if (call.list.some(({ shape }) => !sameShape(shape, first.shape)))
      call.refuse('its inputs differ in shape');
    const parts = call.list.map((part) => call.graph.reshape(part, part.shape.toSpliced(axis, 0, 1)));
    return concat(call, parts, axis);
  },
  Unpack: (call) => {
    const value = call.input('value');
    const axis = axisOf(call, call.attributesAs<tf.UnpackAttrs>().axis, value.shape.length);
    const ones = Array<number>(value.shape[axis] ?? 0).fill(1);
    const shape = value.shape.toSpliced(axis, 1);
    return split(call.graph, value, ones, axis).map((part) => call.graph.reshape(part, shape));
  },
  SplitV: (call) => {
    const x = call.input('x');
    const attributes = call.attributesAs<tf.SplitVAttrs>();
    const axis = axisOf(call, attributes.axis, x.shape.length);
    // TensorFlow.js reads of the tensor its shape alone.
    const tensor = { shape: [...x.shape] } as tf.Tensor;
    const sizes = backend_util.prepareSplitSize(tensor, attributes.numOrSizeSplits, axis);
    return split(call.graph, x, sizes, axis);
  },
  Tile: (call) => tile(call.graph, call.input('x'), call.attributesAs<tf.TileAttrs>()),
  PadV2: (call) => pad(call.graph, call.input('x'), call.attributesAs<tf.PadV2Attrs>()),
  Reverse: (call) => reverse(call.graph, call.input('x'), call.attributesAs<tf.ReverseAttrs>()),
};
