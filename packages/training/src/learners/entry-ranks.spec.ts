import { rankEntries } from './entry-ranks.ts';

const shape = { l: -1.5, r: 1.5, temperature: 1 };
const probability = (alpha: number): number => 1 / (1 + Math.exp(-alpha));

/** Ratios to the first rank: only the order of ranks matters. */
function relative(out: Float32Array): number[] {
  return Array.from(out, (rank) => rank / out[0]!);
}

describe('rankEntries', () => {
  it('ranks by P·|w|', () => {
    const [w, alpha] = [Float32Array.of(0.1, -0.2, 0.05, 0), Float32Array.of(0, -2, 3, 5)];
    const out = new Float32Array(4);
    rankEntries(out, { w, alpha }, 0.3, shape);
    const expected = Array.from(w, (value, i) => probability(alpha[i]!) * Math.abs(value));
    relative(out).forEach((rank, i) => expect(rank).toBeCloseTo(expected[i]! / expected[0]!, 6));
  });

  it('tells tiny products apart', () => {
    const out = new Float32Array(3);
    const arrays = { w: Float32Array.of(1e-4, 2e-4, 3e-4), alpha: new Float32Array(3).fill(-58) };
    rankEntries(out, arrays, Math.exp(-58), shape);
    relative(out).forEach((rank, i) => expect(rank).toBeCloseTo(i + 1, 4));
  });

  it('follows the places of a table’s rows; those without a place rank last', () => {
    const none = 2 ** 32 - 1;
    const out = new Float32Array(8).fill(NaN);
    const arrays = { w: Float32Array.of(1, 2, 3, 4, 0, 0, 0, 0), alpha: new Float32Array(8).fill(50) };
    rankEntries(out, arrays, 1, shape, Uint32Array.of(2, 0, none, none));
    const one = out[4]!;
    expect(Array.from(out, (rank) => rank / one)).toEqual([3, 4, 0, 0, 1, 2, 0, 0]);
    const whole = new Float32Array(8);
    rankEntries(whole, arrays, 1, shape, new Uint32Array(4).fill(none));
    expect(Array.from(whole, (rank) => rank / one)).toEqual([1, 2, 3, 4, 0, 0, 0, 0]);
  });
});
