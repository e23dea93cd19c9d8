/** AdamW (adamw.ts) of w and of α in one pass, from their gradients (gate-gradients.ts). */
import { AdamW } from './adamw';
import { RowSums } from './row-sums';
import { ACTIVE, COASTING, Rows } from './rows';
import { PART, Scratch } from './scratch';

class GateUpdate {
  /** out[j] = the gradient of the penalty by α, from e^α. */
  @inline static penalise(out: usize, bytes: usize, odds: usize, openOdds: v128, penalty: v128): void {
    const end = out + bytes;
    do {
      const a = v128.load(odds);
      const q = f32x4.div(f32x4.splat(1), f32x4.add(a, openOdds));
      v128.store(out, f32x4.mul(f32x4.mul(a, q), f32x4.mul(q, penalty)));
      odds += 16;
      out += 16;
    } while (out < end);
  }
}

/**
 * Bytes of each array that are worked on at a time: w and α take turns, and are in the cache together when the next gate
 * reads them. One whole array after the other takes a twelfth longer with that gate.
 */
const TURN: usize = 4096;

/**
 * Writes w, α and the moments of both. With rows of `width` elements both gradients are given whole; in coasting rows w
 * moves by its momentum, α by its penalty; and of every row that is not left alone the sums of row-sums.ts are stored,
 * with α as updated.
 */
export function gateUpdate(
  gradient: usize,
  alphaGradient: usize,
  w: usize,
  alpha: usize,
  mW: usize,
  vW: usize,
  mAlpha: usize,
  vAlpha: usize,
  count: u32,
  rows: usize,
  order: usize,
  width: u32,
  sums: usize,
  scratch: usize,
  openOdds: f32,
  penalty: f32,
  scaleW: f32,
  beta1W: f32,
  rest1W: f32,
  beta2W: f32,
  rest2W: f32,
  rateW: f32,
  epsilonW: f32,
  keepW: f32,
  scaleA: f32,
  beta1A: f32,
  rest1A: f32,
  beta2A: f32,
  rest2A: f32,
  rateA: f32,
  epsilonA: f32,
  keepA: f32,
): void {
  const vBeta1W = f32x4.splat(beta1W);
  const vRest1W = f32x4.splat(rest1W * scaleW);
  const vBeta2W = f32x4.splat(beta2W);
  const vRest2W = f32x4.splat(rest2W * scaleW * scaleW);
  const vRateW = f32x4.splat(rateW);
  const vEpsilonW = f32x4.splat(epsilonW);
  const vKeepW = f32x4.splat(keepW);
  const vBeta1A = f32x4.splat(beta1A);
  const vRest1A = f32x4.splat(rest1A * scaleA);
  const vBeta2A = f32x4.splat(beta2A);
  const vRest2A = f32x4.splat(rest2A * scaleA * scaleA);
  const vRateA = f32x4.splat(rateA);
  const vEpsilonA = f32x4.splat(epsilonA);
  const vKeepA = f32x4.splat(keepA);
  const vOdds = f32x4.splat(openOdds);
  const vPenalty = f32x4.splat(penalty * openOdds);
  const odds = scratch;
  const dAlpha = scratch + PART;
  const rowBytes = (<usize>width) << 2;
  const bytes = (<usize>count) << 2;
  let at: usize = 0;
  do {
    const row = at;
    const rowEnd = at + rowBytes;
    const state = Rows.state(rows);
    if (state == ACTIVE) {
      let from: usize = rows == 0 ? at : (<usize>Rows.index(order, width)) << 2;
      do {
        const part = min(TURN, rowEnd - at);
        AdamW.loop(
          w + at,
          gradient + from,
          mW + at,
          vW + at,
          part,
          vBeta1W,
          vRest1W,
          vBeta2W,
          vRest2W,
          vRateW,
          vEpsilonW,
          vKeepW,
        );
        AdamW.loop(
          alpha + at,
          alphaGradient + from,
          mAlpha + at,
          vAlpha + at,
          part,
          vBeta1A,
          vRest1A,
          vBeta2A,
          vRest2A,
          vRateA,
          vEpsilonA,
          vKeepA,
        );
        from += part;
        at += part;
      } while (at < rowEnd);
    } else if (state == COASTING) {
      AdamW.coast(w + at, mW + at, vW + at, rowBytes, vBeta1W, vBeta2W, vRateW, vEpsilonW, vKeepW);
      do {
        const part = Scratch.partOf(at, rowEnd);
        Scratch.exponentials(odds, part, alpha + at);
        GateUpdate.penalise(dAlpha, part, odds, vOdds, vPenalty);
        AdamW.loop(
          alpha + at,
          dAlpha,
          mAlpha + at,
          vAlpha + at,
          part,
          vBeta1A,
          vRest1A,
          vBeta2A,
          vRest2A,
          vRateA,
          vEpsilonA,
          vKeepA,
        );
        at += part;
      } while (at < rowEnd);
    }
    if (rows != 0 && state <= ACTIVE) RowSums.store(sums, alpha + row, rowBytes, odds, vOdds);
    at = rowEnd;
    rows = Rows.next(rows);
    order += 4;
    sums += 16;
  } while (at < bytes);
}
