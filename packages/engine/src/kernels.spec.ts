import * as tf from '@tensorflow/tfjs';
import { expectAgreement } from './agreement.fixture.ts';
import {
  floats,
  indices,
  integers,
  randomBroadcast,
  randomShape,
  type Sample,
  vector,
} from './samples.fixture.ts';
import { translations } from './translations.ts';

/*
 * Every translated kernel against TensorFlow.js's CPU backend. A case calls an operation that runs the kernel
 * on the tensors of its samples.
 */
interface Case {
  readonly fn: (...tensors: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  readonly inputs: readonly Sample[];
}

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const extremes = vector(
  nan,
  inf,
  -inf,
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  1e-7,
  -1e-7,
  1e-20,
  20,
  -20,
  60,
  -60,
);
const shapes = () => [
  [],
  [1],
  [0],
  [3, 4],
  [2, 1, 5],
  [4, 0, 2],
  randomShape(),
  randomShape(),
  randomShape(),
];
const pairs = (): [number[], number[]][] => [
  [[], []],
  [[1], [1]],
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[], [2, 3]],
  [
    [3, 1],
    [1, 4],
  ],
  [[0, 3], [3]],
  [
    [2, 1, 0],
    [4, 1],
  ],
  randomBroadcast(),
  randomBroadcast(),
  randomBroadcast(),
  randomBroadcast(),
];

type Make = (shape: readonly number[]) => Sample;
type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const on = (fn: Unary, make: Make = floats, special: readonly Sample[] = [extremes]): Case[] =>
  [...shapes().map((shape) => make(shape)), ...special].map((sample) => ({ fn, inputs: [sample] }));
const within =
  (low: number, high: number): Make =>
  (shape) =>
    floats(shape, low, high);
const both = (fn: Binary, makes: readonly Make[] = [floats, integers]): Case[] =>
  makes.flatMap((make) => pairs().map(([a, b]) => ({ fn, inputs: [make(a), make(b)] })));
const bits: Make = (shape) => integers(shape, 0, 2);
/** Floats of which a few are not numbers, but not the first, with which TensorFlow.js's CPU backend begins. */
const gaps: Make = (shape) => {
  const sample = floats(shape);
  for (let i = 1; i < sample.data.length; i += 5) sample.data[i] = nan;
  return sample;
};
const truth = (fn: Binary): Case[] => both((a, b) => fn(a.cast('bool'), b.cast('bool')), [bits]);
/** All pairs of extreme values. */
const extremePairs = (fn: Binary): Case => ({
  fn: (a, b) => fn(tf.reshape(a as tf.Tensor, [-1, 1]), b as tf.Tensor),
  inputs: [extremes, extremes],
});
const reductionShapes: [number[], number | number[] | undefined][] = [
  [[], undefined],
  [[1], 0],
  [[3, 4], undefined],
  [[3, 4], 0],
  [[3, 4], -1],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [[2, 1, 4], 1],
  [
    [2, 3, 1, 4],
    [1, 3],
  ],
];
const emptyReductions: [number[], number | number[] | undefined][] = [
  [[0], undefined],
  [[0, 3], 0],
  [[2, 0], 1],
  [[0, 3], 1],
];
type Reduce = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;
const reducing = (fn: Reduce, makes: readonly Make[], empty = false): Case[] =>
  makes.flatMap((make) =>
    [...reductionShapes, ...(empty ? emptyReductions : [])].flatMap(([shape, axis]) =>
      [false, true].map((keep) => ({ fn: (x: tf.Tensor) => fn(x, axis, keep), inputs: [make(shape)] })),
    ),
  );

/** Products of [m, k] and [k, n] with every combination of transposes. */
const products = (a: number[], b: number[], make: (ta: boolean, tb: boolean) => Binary): Case[] =>
  [false, true].flatMap((ta) =>
    [false, true].map((tb) => {
      const swap = (shape: number[], on: boolean) =>
        on ? [...shape.slice(0, -2), ...shape.slice(-2).reverse()] : shape;
      return { fn: make(ta, tb), inputs: [floats(swap(a, ta)), floats(swap(b, tb))] };
    }),
  );

const matMul =
  (ta: boolean, tb: boolean): Binary =>
  (a, b) =>
    tf.matMul(a, b, ta, tb);
const many = (fn: (x: tf.Tensor) => tf.Tensor | tf.Tensor[], ...shapes: number[][]): Case[] =>
  shapes.flatMap((shape) => [floats(shape), integers(shape)].map((sample) => ({ fn, inputs: [sample] })));
const one = (fn: Case['fn'], ...inputs: Sample[]): Case => ({ fn, inputs });

/** Cases whose result is the program's output, and such where the program computes on. */
const insideAndOut = (cases: Case[]): Case[] =>
  cases.flatMap((each) => [each, { ...each, fn: (...xs) => tf.neg(each.fn(...xs) as tf.Tensor) }]);

/** A kernel that no operation of TensorFlow.js runs with these attributes. */
function kernel(name: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap = {}): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attributes) as tf.Tensor;
}

const cases: Record<string, Case[]> = {
  Abs: [...on(tf.abs), ...on(tf.abs, integers, [])],
  Acos: on(tf.acos, within(-1, 1)),
  Acosh: on(tf.acosh, within(1, 9)),
  Asin: on(tf.asin, within(-1, 1)),
  Asinh: on(tf.asinh),
  Atan: on(tf.atan),
  Atanh: on(tf.atanh, within(-0.99, 0.99)),
  Ceil: on(tf.ceil),
  Cos: on(tf.cos),
  Cosh: on(tf.cosh),
  Erf: on(tf.erf),
  Exp: [...on(tf.exp), ...on(tf.exp, integers, [])],
  Expm1: on(tf.expm1, within(-2, 2)),
  Floor: on(tf.floor),
  IsFinite: [...on(tf.isFinite), ...on(tf.isFinite, integers, [])],
  IsInf: [...on(tf.isInf), ...on(tf.isInf, integers, [])],
  IsNan: [...on(tf.isNaN), ...on(tf.isNaN, integers, [])],
  Log: on(tf.log, within(0, 5)),
  Log1p: on(tf.log1p, within(-1, 2), [extremes, vector(1e-8, 3e-6, -3e-6, 1e-4, 1e10, 3e38)]),
  LogicalNot: on((x) => tf.logicalNot(x.cast('bool')), bits, []),
  Neg: [...on(tf.neg), ...on(tf.neg, integers, [])],
  Reciprocal: on(tf.reciprocal),
  Relu: [...on(tf.relu), ...on(tf.relu, integers, [])],
  Relu6: on(tf.relu6, within(-3, 9)),
  Elu: on(tf.elu),
  Selu: on(tf.selu),
  LeakyRelu: [...on((x) => tf.leakyRelu(x, 0.3)), ...on((x) => tf.leakyRelu(x, 0.3), integers, [])],
  Prelu: both(tf.prelu),
  EluGrad: both((dy, y) => kernel('EluGrad', { dy, y })).filter(
    ({ inputs: [a, b] }) => String(a?.shape) === String(b?.shape),
  ),
  Round: [...on(tf.round), ...on(tf.round, integers, [])],
  Rsqrt: on(tf.rsqrt, within(0, 5)),
  Sigmoid: on(tf.sigmoid),
  Sign: [...on(tf.sign), ...on(tf.sign, integers, [])],
  Sin: on(tf.sin),
  Sinh: on(tf.sinh),
  Softplus: on(tf.softplus),
  Sqrt: on(tf.sqrt, within(0, 5)),
  Square: [...on(tf.square), ...on(tf.square, integers, [])],
  Step: [
    ...on((x) => tf.step(x)),
    ...on((x) => tf.step(x, 0.2)),
    ...on((x) => tf.step(x, -1.5), integers, []),
  ],
  Tan: on(tf.tan, within(-1.5, 1.5)),
  Tanh: on(tf.tanh),
  ClipByValue: [
    ...on((x) => tf.clipByValue(x, -1, 2)),
    ...on((x) => tf.clipByValue(x, -1, 2), integers, []),
    ...on((x) => tf.clipByValue(x, -inf, 2.5), integers, []),
    ...on((x) => tf.clipByValue(x, -2.5, inf), integers, []),
  ],
  Cast: [
    ...on((x) => tf.cast(x, 'int32'), floats, [
      vector(2.7, -2.7, 0, -0.5, nan, inf, -inf, 3e9, -3e9, 2 ** 31, 1e30),
    ]),
    ...on((x) => tf.cast(x, 'bool')),
    ...on((x) => tf.cast(x, 'float32'), integers, []),
    ...on((x) => tf.cast(x, 'bool'), integers, []),
    ...on((x) => tf.cast(tf.cast(x, 'bool'), 'float32'), integers, []),
  ],
  Identity: [...on((x) => tf.clone(x)), ...on((x) => tf.clone(x), integers, [])],
  Add: [...both(tf.add), extremePairs(tf.add)],
  Sub: [...both(tf.sub), extremePairs(tf.sub)],
  Multiply: [...both(tf.mul), extremePairs(tf.mul), ...both((a, b) => tf.mul(a, tf.onesLike(b)))],
  RealDiv: [
    ...both(tf.div, [floats]),
    extremePairs(tf.div),
    ...both((a, b) => tf.div(a, tf.onesLike(b)), [floats]),
  ],
  FloorDiv: [
    ...both(tf.floorDiv),
    one(
      (a, b) => tf.floorDiv(a as tf.Tensor, b as tf.Tensor),
      indices(7, -7, 7, -7, 5),
      indices(2, 2, -2, -2, 0),
    ),
  ],
  Mod: [
    ...both(tf.mod, [floats]),
    ...both((a, b) => tf.mod(a, tf.add(tf.abs(b), tf.scalar(1, 'int32'))), [integers]),
    ...both((a, b) => tf.mod(a, tf.sub(tf.scalar(-1, 'int32'), tf.abs(b))), [integers]),
  ],
  Pow: [
    ...both((a, b) => tf.pow(tf.abs(a), b), [floats]),
    ...both((a, b) => tf.pow(a, tf.abs(b)), [integers]),
    one(
      (a, b) => tf.pow(a!, b!),
      indices(0, 3, 3, -3, 1, -1, 2, 2, 0, 7),
      indices(-1, 25, -1, 3, -5, -3, 31, 64, 0, 40),
    ),
    ...on((x) => tf.pow(x, 2)),
    ...on((x) => tf.pow(x, 3)),
    ...on((x) => tf.pow(x, 0.5), within(0, 4)),
  ],
  Maximum: [...both(tf.maximum), extremePairs(tf.maximum)],
  Minimum: [...both(tf.minimum), extremePairs(tf.minimum)],
  SquaredDifference: both(tf.squaredDifference),
  AddN: [
    one((...xs) => tf.addN(xs), floats([2, 3])),
    one((...xs) => tf.addN(xs), floats([2, 3]), floats([2, 3]), floats([2, 3])),
    one((...xs) => tf.addN(xs), integers([0]), integers([0])),
  ],
  Equal: [
    ...both(tf.equal, [bits, (shape) => floats(shape), integers]),
    extremePairs(tf.equal),
    one((x) => tf.mul(tf.cast(tf.equal(tf.ones([2, 3]), tf.zeros([3])), 'float32'), x!), floats([2, 3])),
  ],
  NotEqual: [...both(tf.notEqual), extremePairs(tf.notEqual)],
  Greater: [...both(tf.greater), extremePairs(tf.greater), ...truth(tf.greater)],
  GreaterEqual: [...both(tf.greaterEqual), extremePairs(tf.greaterEqual), ...truth(tf.greaterEqual)],
  Less: [...both(tf.less), extremePairs(tf.less), ...truth(tf.less)],
  LessEqual: [...both(tf.lessEqual), extremePairs(tf.lessEqual), ...truth(tf.lessEqual)],
  LogicalAnd: truth(tf.logicalAnd),
  LogicalOr: truth(tf.logicalOr),
  Select: [
    ...both((a, b) => tf.where(tf.greater(a, b), a, b)),
    one((c, a, b) => tf.where(c!.cast('bool'), a!, b!), bits([3]), floats([2, 3]), floats([2, 3])),
    one((c, a, b) => tf.where(c!.cast('bool'), a!, b!), bits([3]), integers([3]), floats([3])),
    one((c, a, b) => tf.where(c!.cast('bool'), a!.cast('bool'), b!), bits([3]), bits([3]), floats([3])),
    one((c, a, b) => tf.where(c!.cast('bool'), a!, b!.cast('bool')), bits([3]), integers([3]), bits([3])),
    one(
      (c, a, b) => tf.where(c!.cast('bool'), a!.cast('bool'), b!.cast('bool')),
      bits([6]),
      bits([6]),
      bits([6]),
    ),
  ],
  Sum: [
    ...reducing(tf.sum, [floats, integers, (shape) => integers(shape, 0, 2)], true),
    one((x) => tf.sum(x!), indices(2 ** 31 - 1, 1, 5)),
    one((x) => tf.sum(x!), indices(2 ** 24 + 1, 2 ** 30 + 1, 2)),
  ],
  Mean: reducing(tf.mean, [floats, integers], true),
  Prod: [
    ...reducing(tf.prod, [floats, integers], true),
    one((x) => tf.prod(x!), indices(2 ** 20, 2 ** 10, 3)),
    one((x) => tf.prod(x!), indices(2 ** 12 + 1, 2 ** 13 + 1, 3)),
  ],
  Max: reducing(tf.max, [floats, integers, gaps]),
  Min: reducing(tf.min, [floats, integers, gaps]),
  All: reducing(
    (x, axis, keep) => tf.all(x.cast('bool'), axis, keep),
    [bits, (shape) => integers(shape, 1, 2)],
  ),
  Any: reducing(
    (x, axis, keep) => tf.any(x.cast('bool'), axis, keep),
    [bits, (shape) => integers(shape, 0, 1)],
  ),
  ArgMax: [
    ...[[4], [1], [3, 4], [2, 1, 5], [0, 3]].flatMap((shape) => many((x) => tf.argMax(x, -1), shape)),
    ...many((x) => tf.argMax(x, 0), [3, 4]),
    one((x) => tf.argMax(x as tf.Tensor), vector(1, 7, 7, 2)),
    one((x) => tf.argMax(x as tf.Tensor, 1), gaps([3, 5])),
    one((x) => tf.argMax(x!.cast('bool')), indices(0, 0, 1, 1)),
  ],
  ArgMin: [
    ...many((x) => tf.argMin(x, -1), [4], [1], [3, 4]),
    one((x) => tf.argMin(x as tf.Tensor), vector(3, 1, 1)),
    one((x) => tf.argMin(x as tf.Tensor, 1), gaps([3, 5])),
    one((x) => tf.argMin(x!.cast('bool')), indices(1, 0, 1, 0)),
  ],
  Softmax: [
    ...[[4], [1], [3, 4], [2, 1, 5], [2, 3, 2, 4], [0, 3]].map((shape) =>
      one((x) => tf.softmax(x!), floats(shape, -20, 20)),
    ),
    one((x) => tf.softmax(x!), vector(1e4, 1e4, -1e4)),
  ],
  Cumsum: [
    ...many((x) => tf.cumsum(x, 0), [4], [3, 4], [1], [0, 2]),
    ...many((x) => tf.cumsum(x, 1, true), [3, 4], [2, 1, 3]),
    ...many((x) => tf.cumsum(x, 1, false, true), [3, 4]),
    ...many((x) => tf.cumsum(x, 2, true, true), [2, 3, 4]),
  ],
  BatchMatMul: [
    ...products([3, 4], [4, 5], matMul),
    ...products([1, 1], [1, 1], matMul),
    ...products([2, 3, 4], [2, 4, 5], matMul),
    ...products([2, 3, 2, 4], [2, 3, 4, 5], matMul),
    ...products([1, 3, 4], [2, 4, 5], matMul),
    ...products([2, 3, 4], [1, 4, 5], matMul),
    ...products([0, 4], [4, 5], matMul),
    ...products([3, 0], [0, 5], matMul),
    one((a, b) => tf.matMul(a!.reshape([1, 4]), b!.reshape([4, 1])), floats([4]), floats([4])),
  ],
  _FusedMatMul: [
    ...(['linear', 'relu', 'relu6', 'sigmoid', 'elu'] as const).flatMap((activation) =>
      [false, true].flatMap((transposeB) => [
        one(
          (a, b, bias) => tf.fused.matMul({ a: a!, b: b!, bias: bias!, activation, transposeB }),
          floats([3, 4]),
          floats(transposeB ? [5, 4] : [4, 5]),
          floats([5]),
        ),
        one(
          (a, b) => tf.fused.matMul({ a: a!, b: b!, activation, transposeB }),
          floats([3, 4]),
          floats(transposeB ? [5, 4] : [4, 5]),
        ),
      ]),
    ),
  ],
  Reshape: [
    ...many((x) => tf.reshape(x, [4, 3]), [3, 4], [12]),
    ...many((x) => tf.reshape(x, [-1, 2]), [3, 4], [0, 2]),
    ...many((x) => tf.reshape(tf.add(x, x), []), [1], [1, 1]),
    ...many((x) => tf.reshape(tf.reshape(tf.add(x, x), [4, 3]), [2, 6]), [3, 4]),
  ],
  ExpandDims: [
    ...many((x) => tf.expandDims(x, 0), [], [3], [2, 0]),
    ...many((x) => tf.expandDims(x, -1), [3, 4]),
    ...many((x) => tf.expandDims(x, 1), [3, 4]),
  ],
  Transpose: [
    ...many((x) => tf.transpose(x), [3, 4], [1, 3], [0, 3], [2, 3, 4]),
    ...many((x) => tf.transpose(x, [0, 2, 1, 3]), [2, 3, 1, 4], [2, 3, 4, 5]),
    ...many((x) => tf.transpose(x, [2, 0, 1]), [2, 3, 4]),
  ],
  Slice: [
    ...many((x) => tf.slice(x, [1, 0], [2, 3]), [3, 4]),
    ...many((x) => tf.slice(x, [0, 1], [-1, -1]), [3, 4]),
    ...many((x) => tf.slice(x, 1), [4], [3, 2]),
    ...many((x) => tf.slice(x, [1], [0]), [4]),
    one((x) => tf.slice(x!.cast('bool'), [1], [2]), bits([4])),
  ],
  StridedSlice: [
    ...many((x) => tf.stridedSlice(x, [0, 1], [3, 4], [2, 1]), [3, 4]),
    ...many((x) => tf.stridedSlice(x, [-1], [0], [-2], 0, 1), [5], [4]),
    ...many((x) => tf.stridedSlice(x, [1, 0], [2, 3], [1, 1], 0, 0, 0, 0, 1), [3, 4]),
    ...many((x) => tf.stridedSlice(x, [0, 0], [2, 2], [1, 1], 0, 0, 0, 2), [3, 4]),
    ...many((x) => tf.stridedSlice(x, [0], [0], [1]), [3]),
    ...many((x) => tf.stridedSlice(x, [10], [12], [1]), [3]),
  ],
  Concat: [
    one((...xs) => tf.concat(xs, 0), floats([2, 3]), floats([1, 3])),
    one((...xs) => tf.concat(xs, -1), integers([2, 3]), integers([2, 1]), integers([2, 0])),
    one((...xs) => tf.concat(xs, 1), floats([2, 1, 3]), floats([2, 4, 3])),
    one((...xs) => tf.concat(xs, 0), floats([0]), floats([0])),
    one((...xs) => tf.concat(xs, 1), floats([0, 5]), floats([0, 2]), floats([0, 1])),
    one((...xs) => tf.concat(xs.map((x) => x.cast('bool'))), bits([3]), bits([2])),
  ],
  Pack: [
    one((...xs) => tf.stack(xs), floats([2, 3]), floats([2, 3])),
    one((...xs) => tf.stack(xs, -1), integers([2, 3]), integers([2, 3])),
    one((...xs) => tf.stack(xs, 1), floats([2]), floats([2]), floats([2])),
    one((...xs) => tf.stack(xs), floats([0]), floats([0])),
    one((...xs) => tf.stack(xs), floats([]), floats([])),
  ],
  Unpack: [
    ...many((x) => tf.unstack(x), [3], [2, 3], [1, 4]),
    ...many((x) => tf.unstack(x, 1), [2, 3], [2, 3, 4]),
    ...many((x) => tf.unstack(x, -1), [2, 3, 2]),
  ],
  SplitV: [
    ...many((x) => tf.split(x, 2), [4], [4, 3]),
    ...many((x) => tf.split(x, [1, 3], 1), [2, 4]),
    ...many((x) => tf.split(x, [1, -1, 0], -1), [2, 4]),
  ],
  Tile: [
    ...many((x) => tf.tile(x, [2]), [3], [1], [0]),
    ...many((x) => tf.tile(x, [2, 3]), [2, 2], [1, 1], [1, 2]),
    ...many((x) => tf.tile(x, [1, 2, 1]), [2, 1, 3], [2, 2, 1]),
    ...many((x) => tf.broadcastTo(x, [2, 3, 4]), [3, 1], [4], [1]),
  ],
  PadV2: [
    ...many((x) => tf.pad(x, [[1, 2]]), [3], [0]),
    ...many(
      (x) =>
        tf.pad(
          x,
          [
            [0, 1],
            [2, 0],
          ],
          7,
        ),
      [2, 3],
    ),
    ...many(
      (x) =>
        tf.pad(x, [
          [0, 0],
          [0, 0],
        ]),
      [2, 3],
    ),
  ],
  Reverse: [
    ...many((x) => tf.reverse(x, 0), [4], [3, 2], [1, 2]),
    ...many((x) => tf.reverse(x, [-1]), [3, 2]),
    ...many((x) => tf.reverse(x), [2, 3, 2], [0, 2]),
  ],
  GatherV2: [
    ...[[5, 3], [1, 2], [5]].map((shape) =>
      one((x, i) => tf.gather(x!, i as tf.Tensor1D), floats(shape), integers([4], 0, shape[0])),
    ),
    one((x, i) => tf.gather(x!, i as tf.Tensor1D, 1), floats([2, 5, 3]), integers([2, 2], 0, 5)),
    one((x, i) => tf.gather(x!, i as tf.Tensor1D, -1), integers([2, 5]), integers([], 0, 5)),
    one((x, i) => tf.gather(x!, i as tf.Tensor1D), floats([5, 3]), integers([0])),
    one((x, i) => tf.gather(x!, i as tf.Tensor1D, 1, 1), floats([2, 5, 3]), integers([2, 4], 0, 5)),
    one((x, i) => tf.gather(x!, i as tf.Tensor1D, 2, 1), floats([2, 3, 5, 2]), integers([2, 4], 0, 5)),
    one((x, i) => tf.gather(x!, i as tf.Tensor1D, 2, 2), floats([2, 3, 5]), integers([2, 3, 1], 0, 5)),
    one((x, i) => tf.gather(x!, i as tf.Tensor1D, 1, 1), floats([1, 4, 2]), integers([1, 3], 0, 4)),
    one((x, i) => tf.gather(x!, i as tf.Tensor1D, 1, -1), floats([2, 5, 3]), integers([2, 4], 0, 5)),
  ],
  GatherNd: [
    one((x, i) => tf.gatherND(x!, i!), floats([4, 3]), integers([5, 1], 0, 4)),
    one((x, i) => tf.gatherND(x!, i!), floats([4, 3]), integers([2, 2, 2], 0, 3)),
    one((x, i) => tf.gatherND(x!, i!), integers([2, 3, 2]), integers([4, 2], 0, 2)),
  ],
  ScatterNd: insideAndOut([
    one((i, u) => tf.scatterND(i!, u!, [6]), integers([9, 1], 0, 6), floats([9])),
    one((i, u) => tf.scatterND(i!, u!, [4, 3]), integers([5, 1], 0, 4), floats([5, 3])),
    one((i, u) => tf.scatterND(i!, u!, [4, 3]), integers([5], 0, 4), floats([5, 3])),
    one((i, u) => tf.scatterND(i!, u!, [6]), integers([9], 0, 6), integers([9])),
    one((i, u) => tf.scatterND(i!, u!, [3, 3, 2]), integers([7, 2], 0, 3), integers([7, 2])),
  ]),
  UnsortedSegmentSum: insideAndOut([
    one((x, s) => tf.unsortedSegmentSum(x!, s as tf.Tensor1D, 4), floats([9]), integers([9], 0, 4)),
    one((x, s) => tf.unsortedSegmentSum(x!, s as tf.Tensor1D, 5), floats([9, 2, 3]), integers([9], 0, 5)),
    one((x, s) => tf.unsortedSegmentSum(x!, s as tf.Tensor1D, 3), floats([6, 2]), integers([6], -1, 5)),
    one((x, s) => tf.unsortedSegmentSum(x!, s as tf.Tensor1D, 1), floats([4, 1]), integers([4], 0, 1)),
    one((x, s) => tf.unsortedSegmentSum(x!, s as tf.Tensor1D, 3), floats([0, 2]), integers([0])),
  ]),
  OneHot: [
    one((i) => tf.oneHot(i!, 4), integers([5], 0, 4)),
    one((i) => tf.oneHot(i!, 3, 2.5, -1), integers([2, 4], -1, 5)),
    one((i) => tf.oneHot(i!, 3, 1, 0, 'int32'), integers([], 0, 3)),
    one((i) => tf.oneHot(i!, 2), integers([0])),
  ],
  ZerosLike: many((x) => tf.zerosLike(x), [], [2, 3], [0], [5, 7]),
  OnesLike: many((x) => tf.onesLike(x), [], [2, 3], [0], [5, 7]),
  Fill: [
    one((x) => tf.add(tf.fill([2, 3], 2.5), x!), floats([3])),
    one((x) => tf.add(tf.fill([6, 6], 4, 'int32'), x!), integers([])),
    one((x) => tf.concat([tf.fill([40], -1), x!]), floats([3])),
    one((x) => tf.add(tf.cast(tf.fill([3], 2.5, 'int32'), 'float32'), x!), floats([3])),
  ],
  Range: [
    one((x) => tf.add(tf.range(0, 5), x!), floats([5])),
    one((x) => tf.add(tf.range(5, -1, -2, 'int32'), x!), integers([3])),
    one((x) => tf.add(tf.range(0, 1, 0.1), x!), floats([10])),
    one((x) => tf.concat([tf.range(2, 2), x!]), floats([2])),
    one((x) => tf.add(tf.range(4, -2), x!), floats([6])),
    one((x) => tf.add(tf.range(4, -2, 1, 'int32'), x!), integers([6])),
  ],
};

describe('translated kernels agree with the CPU backend of TensorFlow.js', () => {
  it('every one of them is tested', () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(translations).sort());
  });

  it.each(Object.entries(cases))('%s', async (name, list) => {
    for (const { fn, inputs } of list) {
      const given = Object.fromEntries(inputs.map((sample, i) => [String(i), sample]));
      const record = (tensors: Record<string, tf.Tensor>) => {
        const result = fn(...inputs.map((_, i) => tensors[i] as tf.Tensor));
        const outputs = Array.isArray(result) ? result : [result];
        // Programs give no bool.
        return Object.fromEntries(
          outputs.map((tensor, i) => [String(i), tensor.dtype === 'bool' ? tensor.cast('int32') : tensor]),
        );
      };
      const at = `${name} of ${inputs.map(({ shape, dtype }) => `${dtype}[${shape}]`)}: ${fn}`;
      const kernels = await expectAgreement(record, given).catch((error: Error) => {
        throw new Error(`${at}: ${error.message}`, { cause: error });
      });
      if (!kernels.includes(name)) throw new Error(`the case does not run the kernel: ${at}`);
    }
  });
});
