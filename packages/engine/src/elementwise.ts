import type * as tf from '@diffprune/tfjs-core';
import { backend_util, upcastType } from '@diffprune/tfjs-core';
import {
  binary,
  clip,
  erf,
  expm1,
  float,
  floorDiv,
  floorMod,
  isInf,
  isNumber,
  log1p,
  not,
  number,
  positiveOr,
  power,
  sigmoid,
  step,
  where,
} from './composed.ts';
import { type ElementType, type Graph, sameShape, type Value } from './graph.ts';
import type { KernelCall, Translation, Translations } from './kernel-call.ts';

/*
 * Kernels that work element by element, on inputs that broadcast as in NumPy. Where ONNX's operator differs from
 * TensorFlow.js's kernel (not-a-number, small arguments, division of integers), it is composed of others: composed.ts.
 */

/** A kernel of one input `x` composed of others. */
const unary =
  (compose: (graph: Graph, x: Value, call: KernelCall) => Value): Translation =>
  (call) =>
    compose(call.graph, call.input('x'), call);

/** A kernel of one input `x` of numbers, composed of others. */
const numeric =
  (compose: (graph: Graph, x: Value, call: KernelCall) => Value): Translation =>
  (call) =>
    compose(call.graph, call.numeric('x'), call);

/** A kernel of one input `x` that gives floats of whatever it is given. */
const toFloat = (compose: (graph: Graph, x: Value, call: KernelCall) => Value): Translation =>
  unary((graph, x, call) => compose(graph, graph.cast(x, 'float32'), call));

/** A kernel of one input `x` of floats. */
const ofFloat = (compose: (graph: Graph, x: Value, call: KernelCall) => Value): Translation =>
  unary((graph, x, call) => {
    if (x.dtype !== 'float32') {
      call.refuse(`backends of TensorFlow.js differ in what it is of ${x.dtype}; cast its input to float32`);
    }
    return compose(graph, x, call);
  });

const operator = (name: string) => (graph: Graph, x: Value) => graph.node(name, [x], x.shape, x.dtype);

/** A kernel of inputs `a` and `b` that is one ONNX operator. */
const arithmetic =
  (operator: string): Translation =>
  (call) =>
    binary(call.graph, operator, call.numeric('a'), call.numeric('b'));

/** A kernel of inputs `a` and `b` that tells which is greater; true is greater than false. */
const comparison =
  (operator: string): Translation =>
  (call) => {
    const ordered = (value: Value) => (value.dtype === 'bool' ? call.graph.cast(value, 'int32') : value);
    return binary(call.graph, operator, ordered(call.input('a')), ordered(call.input('b')), 'bool');
  };

/** A kernel of inputs `a` and `b` that combines truth values, or tells whether they are equal. */
const predicate =
  (operator: string): Translation =>
  (call) =>
    binary(call.graph, operator, call.input('a'), call.input('b'), 'bool');

/** Slope and scale of SELU (Klambauer et al., Self-Normalizing Neural Networks, 2017, section 2). */
const selu = { alpha: backend_util.SELU_SCALEALPHA, scale: backend_util.SELU_SCALE };

export const elementwise: Translations = {
  Acos: ofFloat(operator('Acos')),
  Acosh: ofFloat(operator('Acosh')),
  Asin: ofFloat(operator('Asin')),
  Asinh: ofFloat(operator('Asinh')),
  Atan: ofFloat(operator('Atan')),
  Atanh: ofFloat(operator('Atanh')),
  Cos: toFloat(operator('Cos')),
  Cosh: toFloat(operator('Cosh')),
  Erf: toFloat(erf),
  Exp: toFloat(operator('Exp')),
  Log: toFloat(operator('Log')),
  Reciprocal: ofFloat(operator('Reciprocal')),
  Sin: toFloat(operator('Sin')),
  Sinh: ofFloat(operator('Sinh')),
  Softplus: ofFloat(operator('Softplus')),
  Sqrt: toFloat(operator('Sqrt')),
  Tan: toFloat(operator('Tan')),
  Tanh: toFloat(operator('Tanh')),
  Ceil: toFloat(operator('Ceil')),
  Floor: toFloat(operator('Floor')),
  Round: numeric((graph, x) => (x.dtype === 'int32' ? x : float(graph, 'Round', x))),
  Abs: numeric(operator('Abs')),
  Neg: numeric(operator('Neg')),
  Relu: numeric(operator('Relu')),
  Sign: numeric((graph, x) => {
    const zero = number(graph, 0, x);
    const negative = binary(graph, 'Less', x, zero, 'bool');
    const rest = where(graph, negative, number(graph, -1, x), zero);
    return where(graph, binary(graph, 'Greater', x, zero, 'bool'), number(graph, 1, x), rest);
  }),
  Square: numeric((graph, x) => binary(graph, 'Mul', x, x)),
  Rsqrt: toFloat((graph, x) => float(graph, 'Reciprocal', float(graph, 'Sqrt', x))),
  Sigmoid: toFloat(sigmoid),
  Log1p: ofFloat(log1p),
  Expm1: ofFloat(expm1),
  Relu6: numeric((graph, x) => clip(graph, x, 0, 6)),
  Elu: ofFloat((graph, x) => positiveOr(graph, x, expm1(graph, x))),
  Selu: ofFloat((graph, x) => {
    const [scale, scaleAlpha] = [number(graph, selu.scale, x), number(graph, selu.alpha, x)];
    const negative = binary(graph, 'Mul', expm1(graph, x), scaleAlpha);
    return positiveOr(graph, binary(graph, 'Mul', x, scale), negative);
  }),
  LeakyRelu: toFloat((graph, x, call) => {
    const { alpha } = call.attributesAs<tf.LeakyReluAttrs>();
    return positiveOr(graph, x, binary(graph, 'Mul', x, number(graph, alpha, x)));
  }),
  Prelu: toFloat((graph, x, call) => {
    const alpha = graph.cast(call.input('alpha'), 'float32');
    return positiveOr(graph, x, binary(graph, 'Mul', x, alpha));
  }),
  EluGrad: (call) => {
    const { graph } = call;
    const [dy, y] = ['dy', 'y'].map((name) => graph.cast(call.input(name), 'float32')) as [Value, Value];
    const slope = binary(graph, 'Add', y, number(graph, 1, y));
    const nonnegative = binary(graph, 'GreaterOrEqual', y, number(graph, 0, y), 'bool');
    return where(graph, nonnegative, dy, binary(graph, 'Mul', dy, slope));
  },
  Step: numeric((graph, x, call) => step(graph, x, call.attributesAs<tf.StepAttrs>().alpha)),
  ClipByValue: numeric((graph, x, call) => {
    const { clipValueMin, clipValueMax } = call.attributesAs<tf.ClipByValueAttrs>();
    return clip(graph, x, clipValueMin, clipValueMax);
  }),
  Cast: unary((graph, x, call) => {
    const { dtype } = call.attributesAs<tf.CastAttrs>();
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
      return call.refuse('use float32, int32 or bool');
    }
    return graph.cast(x, dtype);
  }),
  Identity: unary((_graph, x) => x),
  IsFinite: unary((graph, x) => {
    return binary(graph, 'And', isNumber(graph, x), not(graph, isInf(graph, x)), 'bool');
  }),
  IsInf: unary(isInf),
  IsNan: unary((graph, x) => not(graph, isNumber(graph, x))),
  Add: arithmetic('Add'),
  Sub: arithmetic('Sub'),
  Multiply: arithmetic('Mul'),
  RealDiv: arithmetic('Div'),
  Pow: (call) => power(call.graph, call.numeric('a'), call.numeric('b')),
  Maximum: arithmetic('Max'),
  Minimum: arithmetic('Min'),
  FloorDiv: (call) => floorDiv(call.graph, call.numeric('a'), call.numeric('b')),
  Mod: (call) => floorMod(call.graph, call.numeric('a'), call.numeric('b')),
  SquaredDifference: (call) => {
    const difference = binary(call.graph, 'Sub', call.numeric('a'), call.numeric('b'));
    return binary(call.graph, 'Mul', difference, difference);
  },
  AddN: (call) =>
    Object.keys(call.inputs)
      .map((name) => call.numeric(name))
      .reduce((sum, x) => binary(call.graph, 'Add', sum, x)),
  Equal: predicate('Equal'),
  NotEqual: (call) => not(call.graph, binary(call.graph, 'Equal', call.input('a'), call.input('b'), 'bool')),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  LogicalAnd: predicate('And'),
  LogicalOr: predicate('Or'),
  LogicalNot: unary(not),
  Select: (call) => {
    const [condition, t, e] = [call.input('condition'), call.input('t'), call.input('e')];
    if (!sameShape(condition.shape, t.shape)) call.refuse('the condition has another shape than its choices');
    const dtype = upcastType(t.dtype as tf.DataType, e.dtype as tf.DataType) as ElementType;
    return where(call.graph, condition, call.graph.cast(t, dtype), call.graph.cast(e, dtype));
  },
};
