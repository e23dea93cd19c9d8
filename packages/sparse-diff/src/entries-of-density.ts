/** More significant digits than anybody types. */
const typedDigits = 12;

/**
 * ⌊density · total⌋, the number of entries that a diff of this density has, in exact arithmetic: the density counts as
 * the decimal number that it was written as, so that 0.29 of 100 are 29. One that was computed, such as 1 / 3, counts as
 * the next double above where that makes the product whole.
 *
 * @param density 0 to 1
 * @param total number of entries, a whole number
 */
export function entriesOfDensity(density: number, total: number): number {
  const [mantissa, exponent] = density.toExponential().split('e') as [string, string];
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?];
  const digits = whole + fraction;
  if (digits.length > typedDigits) return Math.floor(density * total * (1 + Number.EPSILON));
  const places = fraction.length - Number(exponent); // density = digits / 10^places, and at most 1
  return Number((BigInt(digits) * BigInt(total)) / 10n ** BigInt(places));
}
