import { backend_util } from '@diffprune/tfjs-core';
import { type Graph, sameShape, uniformValue, type Value } from './graph.ts';

/*
 * Functions of values element by element, composed of ONNX's operators, with broadcasting as in NumPy.
 */

/** A scalar or other constant of equal elements that broadcasts: `2`, as the element type of `like`. */
export function number(graph: Graph, value: number, like: Value): Value {
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
export function float(graph: Graph, operator: string, value: Value): Value {
  const x = graph.cast(value, 'float32');
  return graph.node(operator, [x], x.shape, 'float32');
}

/** Where x is a number: not-a-number alone differs from itself. */
export function isNumber(graph: Graph, x: Value): Value {
  return x.dtype === 'float32' ? binary(graph, 'Equal', x, x, 'bool') : graph.uniform(1, x.shape, 'bool');
}

export function isInf(graph: Graph, x: Value): Value {
  return x.dtype === 'float32'
    ? graph.node('IsInf', [x], x.shape, 'bool')
    : graph.uniform(0, x.shape, 'bool');
}

export function not(graph: Graph, x: Value): Value {
  return graph.node('Not', [x], x.shape, 'bool');
}

/** Elements of x where x > 0, `negative` elsewhere. */
export function positiveOr(graph: Graph, x: Value, negative: Value): Value {
  return where(graph, binary(graph, 'Greater', x, number(graph, 0, x), 'bool'), x, negative);
}

export function clip(graph: Graph, x: Value, low: number, high: number): Value {
  const bound = (value: number) =>
    number(graph, x.dtype === 'int32' ? Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1) : value, x);
  return graph.node('Clip', [x, bound(low), bound(high)], x.shape, x.dtype);
}

/** 1 for positive elements, `alpha` for the others, not-a-number where x is (the derivative of ReLU). */
export function step(graph: Graph, x: Value, alpha: number): Value {
  const positive = binary(graph, 'Greater', x, number(graph, 0, x), 'bool');
  const rest =
    x.dtype === 'float32'
      ? where(graph, isNumber(graph, x), number(graph, alpha, x), x)
      : number(graph, Math.trunc(alpha), x);
  return where(graph, positive, number(graph, 1, x), rest);
}

/** 1 / (1 + e^-x). ONNX Runtime's own Sigmoid is flat beyond |x| = 18; gates of hard-concrete need the tails. */
export function sigmoid(graph: Graph, x: Value): Value {
  const one = binary(graph, 'Add', float(graph, 'Exp', float(graph, 'Neg', x)), number(graph, 1, x));
  return float(graph, 'Reciprocal', one);
}

/**
 * log(1 + x), accurate near 0: with u = 1 + x rounded, log(u) · x / (u - 1) (N. Higham, Accuracy and Stability
 * of Numerical Algorithms, problem 1.5; the quotient undoes the rounding of u).
 */
export function log1p(graph: Graph, x: Value): Value {
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
export function expm1(graph: Graph, x: Value): Value {
  const one = number(graph, 1, x);
  const u = float(graph, 'Exp', x);
  const difference = binary(graph, 'Sub', u, one);
  const corrected = binary(graph, 'Mul', difference, binary(graph, 'Div', x, float(graph, 'Log', u)));
  const near = binary(graph, 'Less', float(graph, 'Abs', x), one, 'bool');
  const nonzero = where(graph, near, corrected, difference);
  return where(graph, binary(graph, 'Equal', u, one, 'bool'), x, nonzero);
}

/** The error function of floats; ONNX Runtime's (1.24) is 1 of not-a-number, and never below the smaller of x and -1. */
export function erf(graph: Graph, x: Value): Value {
  const value = float(graph, 'Erf', x);
  return binary(graph, 'Max', value, binary(graph, 'Min', x, number(graph, -1, x)));
}

/** ⌊a / b⌋ as int32, exact by way of float64; 0 where b is 0. */
export function floorDiv(graph: Graph, a: Value, b: Value): Value {
  const [x, y] = [graph.cast(a, 'float64'), graph.cast(b, 'float64')];
  const zero = binary(graph, 'Equal', b, number(graph, 0, b), 'bool');
  const quotient = binary(graph, 'Div', x, where(graph, zero, number(graph, Infinity, y), y));
  const floor = graph.node('Floor', [quotient], quotient.shape, 'float64');
  const finite = where(graph, zero, number(graph, 0, floor), floor);
  return graph.cast(finite, 'int32');
}

/** a^b; of integers by way of float64, as TensorFlow.js does: a fraction is cut off, what int32 cannot hold wraps. */
export function power(graph: Graph, a: Value, b: Value): Value {
  if (a.dtype !== 'int32') return binary(graph, 'Pow', a, b);
  const exact = binary(graph, 'Pow', graph.cast(a, 'float64'), graph.cast(b, 'float64'));
  const modulus = number(graph, 2 ** 32, exact);
  const low = graph.node('Mod', [exact, modulus], exact.shape, 'float64', { fmod: 1 });
  return graph.cast(low, 'int32');
}

/** a - b ⌊a / b⌋, which has the sign of b. */
export function floorMod(graph: Graph, a: Value, b: Value): Value {
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
