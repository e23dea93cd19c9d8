import type * as tf from '@diffprune/tfjs-core';
import { backend_util, upcastType } from '@diffprune/tfjs-core';
import { type ElementType, type Graph, sameShape, uniformValue, type Value } from './graph.ts';
import type { KernelCall, Translation, Translations } from './kernel-call.ts';

/*
 * Kernels that work element by element, on inputs that broadcast as in NumPy. Where ONNX's operator differs
 * from TensorFlow.js's kernel (not-a-number, small arguments, division of integers), it is composed of others.
 */

/** A scalar or other constant of equal elements that broadcasts: `2`, as the element type of `like`. */
function number(graph: Graph, value: number, like: Value): Value {
  return graph.uniform(value, [], like.dtype);
}

/**
 * A binary operator with broadcasting. Constants of equal elements shrink to scalars, and multiplying or
 * dividing by ones, as TensorFlow.js's gradients of sums do, is left out.
 */
export function binary(graph: Graph, operator: string, a: Value, b: Value, dtype = a.dtype): Value {
  const shape = backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
  if ((operator === 'Mul' || operator === 'Div') && uniformValue(b) === 1) return graph.expand(a, shape);
  if (operator === 'Mul' && uniformValue(a) === 1) return graph.expand(b, shape);
  const [x, y] = [uniformValue(a), uniformValue(b)];
  const scalar = (uniform: number, { dtype }: Value) => graph.uniform(uniform, [], dtype);
  if (x !== undefined && y !== undefined) {
    return graph.expand(graph.node(operator, [scalar(x, a), scalar(y, b)], [], dtype), shape);
  }
  const left = x !== undefined && sameShape(b.shape, shape) ? scalar(x, a) : a;
  const right = y !== undefined && sameShape(a.shape, shape) ? scalar(y, b) : b;
  return graph.node(operator, [left, right], shape, dtype);
}

/** Elements of `yes` where `condition` holds, else of `no`, with broadcasting. */
export function where(graph: Graph, condition: Value, yes: Value, no: Value): Value {
  if (yes.dtype === 'bool') {
    const [a, b] = [graph.cast(yes, 'int32'), graph.cast(no, 'int32')];
    return graph.cast(where(graph, condition, a, b), 'bool');
  }
  const shape = [yes, no].reduce(
    (all, { shape }) => backend_util.assertAndGetBroadcastShape(all, [...shape]),
    [...condition.shape],
  );
  return graph.node('Where', [condition, yes, no], shape, yes.dtype);
}

/** A unary operator on floats; integers become floats first, as in TensorFlow.js. */
function float(graph: Graph, operator: string, value: Value): Value {
  const x = graph.cast(value, 'float32');
  return graph.node(operator, [x], x.shape, 'float32');
}

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

function not(graph: Graph, x: Value): Value {
  return graph.node('Not', [x], x.shape, 'bool');
}

/** 1 / (1 + e^-x). ONNX Runtime's own Sigmoid is flat beyond |x| = 18; gates of hard-concrete need the tails. */
function sigmoid(graph: Graph, x: Value): Value {
  const one = binary(graph, 'Add', float(graph, 'Exp', float(graph, 'Neg', x)), number(graph, 1, x));
  return float(graph, 'Reciprocal', one);
}

/**
 * log(1 + x), accurate near 0: with u = 1 + x rounded, log(u) · x / (u - 1) (N. Higham, Accuracy and Stability
 * of Numerical Algorithms, problem 1.5; the quotient undoes the rounding of u).
 */
function log1p(graph: Graph, x: Value): Value {
  const one = number(graph, 1, x);
  const u = binary(graph, 'Add', x, one);
  const correction = binary(graph, 'Div', x, binary(graph, 'Sub', u, one));
  // u = 1 makes the quotient 0/0 and u = ∞ makes it ∞/∞; there x and log(u) are the answers.
  const exact = binary(graph, 'Less', x, number(graph, 2 ** 24, x), 'bool');
  const log = float(graph, 'Log', u);
  const corrected = binary(graph, 'Mul', log, where(graph, exact, correction, one));
  return where(graph, binary(graph, 'Equal', u, one, 'bool'), x, corrected);
}

/** e^x - 1, accurate near 0: with u = e^x rounded, (u - 1) · x / log(u) (Higham, section 1.14.1). */
function expm1(graph: Graph, x: Value): Value {
  const one = number(graph, 1, x);
  const u = float(graph, 'Exp', x);
  const difference = binary(graph, 'Sub', u, one);
  const corrected = binary(graph, 'Mul', difference, binary(graph, 'Div', x, float(graph, 'Log', u)));
  const near = binary(graph, 'Less', float(graph, 'Abs', x), one, 'bool');
  const nonzero = where(graph, near, corrected, difference);
  return where(graph, binary(graph, 'Equal', u, one, 'bool'), x, nonzero);
}

/** Where x is a number: not-a-number alone differs from itself. */
export function isNumber(graph: Graph, x: Value): Value {
  return x.dtype === 'float32' ? binary(graph, 'Equal', x, x, 'bool') : graph.uniform(1, x.shape, 'bool');
}

function isInf(graph: Graph, x: Value): Value {
  return x.dtype === 'float32'
    ? graph.node('IsInf', [x], x.shape, 'bool')
    : graph.uniform(0, x.shape, 'bool');
}

/** The error function of floats; ONNX Runtime's (1.24) is 1 of not-a-number, and never below the smaller of x and -1. */
function erf(graph: Graph, x: Value): Value {
  const value = float(graph, 'Erf', x);
  return binary(graph, 'Max', value, binary(graph, 'Min', x, number(graph, -1, x)));
}

/** 1 for positive elements, `alpha` for the others, not-a-number where x is (the derivative of ReLU). */
function step(graph: Graph, x: Value, alpha: number): Value {
  const positive = binary(graph, 'Greater', x, number(graph, 0, x), 'bool');
  const rest =
    x.dtype === 'float32'
      ? where(graph, isNumber(graph, x), number(graph, alpha, x), x)
      : number(graph, Math.trunc(alpha), x);
  return where(graph, positive, number(graph, 1, x), rest);
}

/** Elements of x where x > 0, `negative` elsewhere. */
function positiveOr(graph: Graph, x: Value, negative: Value): Value {
  return where(graph, binary(graph, 'Greater', x, number(graph, 0, x), 'bool'), x, negative);
}

/** ⌊a / b⌋ as int32, exact by way of float64; 0 where b is 0. */
function floorDiv(graph: Graph, a: Value, b: Value): Value {
  const [x, y] = [graph.cast(a, 'float64'), graph.cast(b, 'float64')];
  const zero = binary(graph, 'Equal', b, number(graph, 0, b), 'bool');
  const quotient = binary(graph, 'Div', x, where(graph, zero, number(graph, Infinity, y), y));
  const floor = graph.node('Floor', [quotient], quotient.shape, 'float64');
  const finite = where(graph, zero, number(graph, 0, floor), floor);
  return graph.cast(finite, 'int32');
}

/** a^b; of integers by way of float64, as TensorFlow.js does: a fraction is cut off, what int32 cannot hold wraps. */
function power(graph: Graph, a: Value, b: Value): Value {
  if (a.dtype !== 'int32') return binary(graph, 'Pow', a, b);
  const exact = binary(graph, 'Pow', graph.cast(a, 'float64'), graph.cast(b, 'float64'));
  const modulus = number(graph, 2 ** 32, exact);
  const low = graph.node('Mod', [exact, modulus], exact.shape, 'float64', { fmod: 1 });
  return graph.cast(low, 'int32');
}

/** a - b ⌊a / b⌋, which has the sign of b. */
function floorMod(graph: Graph, a: Value, b: Value): Value {
  if (a.dtype === 'int32') {
    const zero = binary(graph, 'Equal', b, number(graph, 0, b), 'bool');
    const divisor = where(graph, zero, number(graph, 1, b), b);
    return binary(graph, 'Mod', a, divisor);
  }
  const mod = (x: Value, y: Value) => {
    const shape = backend_util.assertAndGetBroadcastShape([...x.shape], [...y.shape]);
    return graph.node('Mod', [x, y], shape, x.dtype, { fmod: 1 });
  };
  const remainder = mod(a, b);
  const zero = number(graph, 0, a);
  const negative = (x: Value) => binary(graph, 'Less', x, zero, 'bool');
  const differ = binary(graph, 'Xor', negative(a), negative(b), 'bool');
  return where(graph, differ, mod(binary(graph, 'Add', remainder, b), b), remainder);
}

/** The activations that TensorFlow.js fuses into matrix products. */
export const activations: Readonly<Record<string, (graph: Graph, x: Value) => Value>> = {
  linear: (_graph, x) => x,
  relu: (graph, x) => float(graph, 'Relu', x),
  relu6: (graph, x) => clip(graph, x, 0, 6),
  sigmoid,
  elu: (graph, x) => positiveOr(graph, x, expm1(graph, x)),
};

function clip(graph: Graph, x: Value, low: number, high: number): Value {
  const bound = (value: number) =>
    number(graph, x.dtype === 'int32' ? Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1) : value, x);
  return graph.node('Clip', [x, bound(low), bound(high)], x.shape, x.dtype);
}

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
