/**
 * Bernoulli masks (Zhou et al. 2019, section 5; Radiya-Dixit & Wang 2020, equations 3 and 4): θ' = θ ⊙ μ, μ = 1 with
 * probability σ(ν), and the gradient that σ(ν) itself would have in μ's place. With a = e^ν, μ = 1 where u·(1 + a) < a.
 * Four lanes at a time.
 */
import { Exponential } from '../../../tools/workspace/assembly/exponential';
import { Fused } from '../../../tools/workspace/assembly/fused';
import { Random } from './random';
import { Range } from './range';
import { ACTIVE, Rows } from './rows';
import { Sums } from './sums';

@unmanaged
export class BernoulliCall extends Range {
  out: usize;
  weight: usize;
  logits: usize;
  /** The two halves of the key of u's stream. */
  key0: u32;
  key1: u32;
}

/**
 * out[j] = weight[j] where u < σ(logits[j]), else 0, NaN where that is, for the rows of `width` elements that are active;
 * for each row an f64: how many were dropped. With rows, `out` and `weight` are given whole.
 */
export function bernoulli(call: BernoulliCall): void {
  const out = call.out;
  const weight = call.weight;
  const logits = call.logits;
  const width = call.width;
  const key0 = call.key0;
  const key1 = i32x4.splat(call.key1);
  const one = f32x4.splat(1);
  const bytes = call.bytes;
  const rowBytes = call.rowBytes;
  let index = call.index;
  let rows = call.rows;
  let order = call.order;
  let sums = call.sums;
  let at: usize = 0;
  do {
    let dropped = f32x4.splat(0);
    const rowEnd = min(at + rowBytes, bytes);
    if (Rows.state(rows) == ACTIVE) {
      if (rows != 0) index = Rows.index(order, width);
      let to: usize = rows == 0 ? at : (<usize>index) << 2;
      let counter = Random.counter(index, key0);
      do {
        const a = Exponential.of(v128.load(logits + at));
        const u = Random.uniform(counter, key1);
        const kept = f32x4.lt(f32x4.mul(u, f32x4.add(a, one)), a);
        const unknown = f32x4.ne(a, a);
        v128.store(out + to, v128.or(v128.and(v128.load(weight + to), kept), unknown));
        dropped = f32x4.add(dropped, v128.andnot(one, kept));
        counter = Random.next(counter);
        to += 16;
        at += 16;
      } while (at < rowEnd);
    }
    at = rowEnd;
    f64.store(sums, Sums.ofLanes(dropped));
    sums += 8;
    rows = Rows.next(rows);
    order += 4;
    index += width;
  } while (at < bytes);
}

@unmanaged
export class BernoulliGradientsCall extends Range {
  gradient: usize;
  weight: usize;
  logits: usize;
}

/**
 * gradient[j] = gradient[j] · weight[j] · σ'(logits[j]) for the rows that are active; for each row an f64: the sum of its
 * squares. With rows, `gradient` and `weight` are given whole.
 */
export function bernoulliGradients(call: BernoulliGradientsCall): void {
  const gradient = call.gradient;
  const weight = call.weight;
  const logits = call.logits;
  const width = call.width;
  const one = f32x4.splat(1);
  const bytes = call.bytes;
  const rowBytes = call.rowBytes;
  let rows = call.rows;
  let order = call.order;
  let sums = call.sums;
  let at: usize = 0;
  do {
    let squares = f32x4.splat(0);
    const rowEnd = min(at + rowBytes, bytes);
    if (Rows.state(rows) == ACTIVE) {
      let from: usize = rows == 0 ? at : (<usize>Rows.index(order, width)) << 2;
      do {
        const a = Exponential.of(v128.load(logits + at));
        const q = f32x4.div(one, f32x4.add(a, one));
        const slope = f32x4.mul(f32x4.mul(a, q), q);
        const d = f32x4.mul(f32x4.mul(v128.load(gradient + from), v128.load(weight + from)), slope);
        v128.store(gradient + from, d);
        squares = Fused.add(d, d, squares);
        from += 16;
        at += 16;
      } while (at < rowEnd);
    }
    at = rowEnd;
    f64.store(sums, Sums.ofLanes(squares));
    sums += 8;
    rows = Rows.next(rows);
    order += 4;
  } while (at < bytes);
}
