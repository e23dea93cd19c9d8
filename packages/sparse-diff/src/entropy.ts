/** d · H(k / d): the bits that no code for k positions at random among d can save. */
export function entropyBits(count: number, elements: number): number {
  const p = count / elements;
  if (!(p > 0 && p < 1)) return 0;
  return (elements * (-p * Math.log(p) - (1 - p) * Math.log1p(-p))) / Math.LN2;
}
