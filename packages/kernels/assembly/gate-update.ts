/** AdamW (adamw.ts) of w and of α in one pass, from their gradients (gate-gradients.ts). */
import { AdamW, AdamWStep } from './adamw';
import { Range } from './range';
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

@unmanaged
export class GateUpdateCall extends Range {
  gradient: usize;
  alphaGradient: usize;
  w: usize;
  alpha: usize;
  mW: usize;
  vW: usize;
  mAlpha: usize;
  vAlpha: usize;
  stepW: AdamWStep;
  stepAlpha: AdamWStep;
  /** Of rows alone. */
  openOdds: f32;
  penalty: f32;
}

/**
 * Writes w, α and the moments of both. With rows of `width` elements both gradients are given whole; in coasting rows w
 * moves by its momentum, α by its penalty; and of every row that is not left alone the sums of row-sums.ts are stored,
 * with α as updated.
 */
export function gateUpdate(call: GateUpdateCall): void {
  const w = call.w;
  const alpha = call.alpha;
  const mW = call.mW;
  const vW = call.vW;
  const mAlpha = call.mAlpha;
  const vAlpha = call.vAlpha;
  const stepW = call.stepW;
  const stepAlpha = call.stepAlpha;
  const openOdds = f32x4.splat(call.openOdds);
  const penalty = f32x4.splat(call.penalty * call.openOdds);
  const odds = call.scratch;
  const alphaGradient = odds + PART; // in coasting rows
  const rowBytes = call.rowBytes;
  const bytes = call.bytes;
  let rows = call.rows;
  let order = call.order;
  let sums = call.sums;
  let at: usize = 0;
  do {
    const row = at;
    const rowEnd = at + rowBytes;
    const state = Rows.state(rows);
    if (state == ACTIVE) {
      let from: usize = rows == 0 ? at : (<usize>Rows.index(order, call.width)) << 2;
      do {
        const part = min(TURN, rowEnd - at);
        AdamW.loop(w + at, call.gradient + from, mW + at, vW + at, part, stepW);
        AdamW.loop(alpha + at, call.alphaGradient + from, mAlpha + at, vAlpha + at, part, stepAlpha);
        from += part;
        at += part;
      } while (at < rowEnd);
    } else if (state == COASTING) {
      AdamW.coast(w + at, mW + at, vW + at, rowBytes, stepW);
      do {
        const part = Scratch.partOf(at, rowEnd);
        Scratch.exponentials(odds, part, alpha + at);
        GateUpdate.penalise(alphaGradient, part, odds, openOdds, penalty);
        AdamW.loop(alpha + at, alphaGradient, mAlpha + at, vAlpha + at, part, stepAlpha);
        at += part;
      } while (at < rowEnd);
    }
    if (rows != 0 && state <= ACTIVE) RowSums.store(sums, alpha + row, rowBytes, odds, openOdds);
    at = rowEnd;
    rows = Rows.next(rows);
    order += 4;
    sums += 16;
  } while (at < bytes);
}
