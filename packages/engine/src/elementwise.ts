import type * as tf from '@tensorflow/tfjs';
import { backend_util } from '@tensorflow/tfjs';
import { type Graph, sameShape, uniformValue, type Value } from './graph.ts';
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
  const shrink = (value: Value, other: Value) => {
    const uniform = uniformValue(value);
    return uniform !== undefined && sameShape(other.shape, shape)
      ? graph.uniform(uniform, [], value.dtype)
      : value;
  };
  return graph.node(operator, [shrink(a, b), shrink(b, a)], shape, dtype);
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

/** A kernel of one input `x` that is one ONNX operator on floats. */
const floatOperator =
  (operator: string): Translation =>
  (call) =>
    float(call.graph, operator, call.input('x'));

/** A kernel of one input `x` composed of others. */
const unary =
  (compose: (graph: Graph, x: Value, call: KernelCall) => Value): Translation =>
  (call) =>
    compose(call.graph, call.input('x'), call);

/** A kernel of one input that keeps its element type, float32 or int32. */
const sameType = (operator: string) => unary((graph, x) => graph.node(operator, [x], x.shape, x.dtype));

/** A kernel of inputs `a` and `b` that is one ONNX operator. */
const arithmetic =
  (operator: string): Translation =>
  (call) => {
    const [a, b] = [call.input('a'), call.input('b')];
    if (a.dtype === 'bool') call.refuse('ONNX has no arithmetic on bool; cast to int32 or float32 first');
    return binary(call.graph, operator, a, b);
  };

/** A kernel of inputs `a` and `b` that compares or combines truth values. */
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

/** 1 for positive elements, `alpha` for the others, not-a-number where x is (the derivative of ReLU). */
function step(graph: Graph, x: Value, alpha: number): Value {
  const positive = binary(graph, 'Greater', x, number(graph, 0, x), 'bool');
  const isNaN = graph.node('IsNaN', [x], x.shape, 'bool');
  const rest = where(graph, isNaN, x, number(graph, alpha, x));
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
  // TensorFlow.js wraps the one quotient that int32 cannot hold, -2^31 / -1.
  return graph.cast(graph.cast(finite, 'int64'), 'int32');
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
  return graph.node('Clip', [x, number(graph, low, x), number(graph, high, x)], x.shape, x.dtype);
}

/** Slope and scale of SELU (Klambauer et al., Self-Normalizing Neural Networks, 2017, section 2). */
const selu = { alpha: backend_util.SELU_SCALEALPHA, scale: backend_util.SELU_SCALE };

export const elementwise: Translations = {
  Acos: floatOperator('Acos'),
  Acosh: floatOperator('Acosh'),
  Asin: floatOperator('Asin'),
  Asinh: floatOperator('Asinh'),
  Atan: floatOperator('Atan'),
  Atanh: floatOperator('Atanh'),
  Cos: floatOperator('Cos'),
  Cosh: floatOperator('Cosh'),
  Erf: floatOperator('Erf'),
  Exp: floatOperator('Exp'),
  Log: floatOperator('Log'),
  Reciprocal: floatOperator('Reciprocal'),
  Sin: floatOperator('Sin'),
  Sinh: floatOperator('Sinh'),
  Softplus: floatOperator('Softplus'),
  Sqrt: floatOperator('Sqrt'),
  Tan: floatOperator('Tan'),
  Tanh: floatOperator('Tanh'),
  Ceil: floatOperator('Ceil'),
  Floor: floatOperator('Floor'),
  Round: unary((graph, x) => (x.dtype === 'int32' ? x : float(graph, 'Round', x))),
  Abs: sameType('Abs'),
  Neg: sameType('Neg'),
  Relu: sameType('Relu'),
  Sign: unary((graph, x) => {
    const zero = number(graph, 0, x);
    const negative = binary(graph, 'Less', x, zero, 'bool');
    const rest = where(graph, negative, number(graph, -1, x), zero);
    return where(graph, binary(graph, 'Greater', x, zero, 'bool'), number(graph, 1, x), rest);
  }),
  Square: unary((graph, x) => binary(graph, 'Mul', x, x)),
  Rsqrt: unary((graph, x) => float(graph, 'Reciprocal', float(graph, 'Sqrt', x))),
  Sigmoid: unary((graph, x) => sigmoid(graph, graph.cast(x, 'float32'))),
  Log1p: unary((graph, x) => log1p(graph, graph.cast(x, 'float32'))),
  Expm1: unary((graph, x) => expm1(graph, graph.cast(x, 'float32'))),
  Relu6: unary((graph, x) => clip(graph, x, 0, 6)),
  Elu: unary((graph, x) => positiveOr(graph, x, expm1(graph, x))),
  Selu: unary((graph, x) => {
    const [scale, scaleAlpha] = [number(graph, selu.scale, x), number(graph, selu.alpha, x)];
    const negative = binary(graph, 'Mul', expm1(graph, x), scaleAlpha);
    return positiveOr(graph, binary(graph, 'Mul', x, scale), negative);
  }),
  LeakyRelu: unary((graph, x, call) => {
    const { alpha } = call.attributesAs<tf.LeakyReluAttrs>();
    return positiveOr(graph, x, binary(graph, 'Mul', x, number(graph, alpha, x)));
  }),
  Prelu: unary((graph, x, call) => positiveOr(graph, x, binary(graph, 'Mul', x, call.input('alpha')))),
  EluGrad: (call) => {
    const { graph } = call;
    const [dy, y] = [call.input('dy'), call.input('y')];
    const slope = binary(graph, 'Add', y, number(graph, 1, y));
    const nonnegative = binary(graph, 'GreaterOrEqual', y, number(graph, 0, y), 'bool');
    return where(graph, nonnegative, dy, binary(graph, 'Mul', dy, slope));
  },
  Step: unary((graph, x, call) => step(graph, x, call.attributesAs<tf.StepAttrs>().alpha)),
  ClipByValue: unary((graph, x, call) => {
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
    const isInf = graph.node('IsInf', [x], x.shape, 'bool');
    const isNaN = graph.node('IsNaN', [x], x.shape, 'bool');
    return not(graph, binary(graph, 'Or', isInf, isNaN, 'bool'));
  }),
  IsInf: unary((graph, x) => graph.node('IsInf', [x], x.shape, 'bool')),
  IsNan: unary((graph, x) => graph.node('IsNaN', [x], x.shape, 'bool')),
  Add: arithmetic('Add'),
  Sub: arithmetic('Sub'),
  Multiply: arithmetic('Mul'),
  RealDiv: arithmetic('Div'),
  Pow: arithmetic('Pow'),
  Maximum: arithmetic('Max'),
  Minimum: arithmetic('Min'),
  FloorDiv: (call) => floorDiv(call.graph, call.input('a'), call.input('b')),
  Mod: (call) => floorMod(call.graph, call.input('a'), call.input('b')),
  SquaredDifference: (call) => {
    const difference = binary(call.graph, 'Sub', call.input('a'), call.input('b'));
    return binary(call.graph, 'Mul', difference, difference);
  },
  AddN: ({ graph, list }) => list.reduce((sum, x) => binary(graph, 'Add', sum, x)),
  Equal: predicate('Equal'),
  NotEqual: (call) => not(call.graph, binary(call.graph, 'Equal', call.input('a'), call.input('b'), 'bool')),
  Greater: predicate('Greater'),
  GreaterEqual: predicate('GreaterOrEqual'),
  Less: predicate('Less'),
  LessEqual: predicate('LessOrEqual'),
  LogicalAnd: predicate('And'),
  LogicalOr: predicate('Or'),
  LogicalNot: unary(not),
  Select: (call) => {
    const [condition, t, e] = [call.input('condition'), call.input('t'), call.input('e')];
    if (!sameShape(condition.shape, t.shape)) call.refuse('the condition has another shape than its choices');
    return where(call.graph, condition, t, e);
  },
};
