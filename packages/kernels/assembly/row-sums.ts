/** What the rows of a table that no batch reads add to the norm of ∂α and to the expected nonzeros. */
import { Fused } from '../../../tools/workspace/assembly/fused';
import { Range } from './range';
import { ACTIVE, Rows } from './rows';
import { Scratch } from './scratch';
import { Sums } from './sums';

export class RowSums {
  /** Stores two f64 for a row of log-odds: Σ(P·(1 - P))² and ΣP. `odds` is working memory. */
  @inline static store(sums: usize, alpha: usize, bytes: usize, odds: usize, openOdds: v128): void {
    const one = f32x4.splat(1);
    let sumSquares = f32x4.splat(0);
    let sumOpen = f32x4.splat(0);
    let at: usize = 0;
    do {
      const part = Scratch.partOf(at, bytes);
      Scratch.exponentials(odds, part, alpha + at);
      let next: usize = 0;
      do {
        const a = v128.load(odds + next);
        const q = f32x4.div(one, f32x4.add(a, openOdds));
        const open = f32x4.mul(a, q);
        const slope = f32x4.mul(open, f32x4.mul(q, openOdds));
        sumSquares = Fused.add(slope, slope, sumSquares);
        sumOpen = f32x4.add(sumOpen, open);
        next += 16;
      } while (next < part);
      at += part;
    } while (at < bytes);
    f64.store(sums, Sums.ofLanes(sumSquares));
    f64.store(sums, Sums.ofLanes(sumOpen), 8);
  }
}

@unmanaged
export class RowSumsCall extends Range {
  alpha: usize;
  openOdds: f32;
}

/** The sums of each row that is not left alone, one after the other. */
export function gateRowSums(call: RowSumsCall): void {
  const openOdds = f32x4.splat(call.openOdds);
  const odds = call.scratch;
  const rowBytes = call.rowBytes;
  let rows = call.rows;
  let sums = call.sums;
  let alpha = call.alpha;
  const end = alpha + call.bytes;
  do {
    if (Rows.state(rows) <= ACTIVE) RowSums.store(sums, alpha, rowBytes, odds, openOdds);
    alpha += rowBytes;
    rows = Rows.next(rows);
    sums += 16;
  } while (alpha < end);
}
