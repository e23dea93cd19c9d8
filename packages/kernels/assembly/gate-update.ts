/** AdamW (adamw.ts) of w and of α in one pass, from their gradients (gate-gradients.ts). */
import { AdamW } from './adamw';
import { ACTIVE, COASTING, Rows } from './rows';

/** Bytes of each array that are worked on at a time: what both steps read stays in the second-level cache. */
const PART: usize = 4096;

class Cache {
  /**
   * Reads a word of each cache line of a row in seven arrays: a row that stands alone comes into the cache from all of
   * them at once, not from one after the other. `sink` takes their sum, which nobody reads.
   */
  @inline static fetch(
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
    g: usize,
    bytes: usize,
    sink: usize,
  ): void {
    let sum: u32 = 0;
    for (let at: usize = 0; at < bytes; at += 64) {
      sum += load<u32>(a + at) + load<u32>(b + at) + load<u32>(c + at) + load<u32>(d + at);
      sum += load<u32>(e + at) + load<u32>(f + at) + load<u32>(g + at);
    }
    store<u32>(sink, sum);
  }
}

/**
 * Writes w, α and the moments of both, for rows of `width` elements, but those left alone. In coasting rows the
 * gradient of w counts as 0: w moves by its momentum.
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
  width: u32,
  scratch: usize,
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
  const rowBytes = (<usize>width) << 2;
  const bytes = (<usize>count) << 2;
  let at: usize = 0;
  let fetched = rows == 0; // the processor itself fetches ahead where one row follows the other
  do {
    const rowEnd = at + rowBytes;
    const state = Rows.state(rows);
    const busy = state == ACTIVE || state == COASTING;
    if (busy && !fetched) {
      Cache.fetch(
        w + at,
        mW + at,
        vW + at,
        alpha + at,
        mAlpha + at,
        vAlpha + at,
        alphaGradient + at,
        rowBytes,
        scratch,
      );
    }
    if (rows != 0) fetched = busy;
    if (!busy) at = rowEnd;
    while (at < rowEnd) {
      const part = min(PART, rowEnd - at);
      if (state == ACTIVE) {
        AdamW.loop(
          w + at,
          gradient + at,
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
      } else {
        AdamW.coast(w + at, mW + at, vW + at, part, vBeta1W, vBeta2W, vRateW, vEpsilonW, vKeepW);
      }
      AdamW.loop(
        alpha + at,
        alphaGradient + at,
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
    }
    rows = Rows.next(rows);
  } while (at < bytes);
}
