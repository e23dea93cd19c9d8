/** A decimal number, or undefined for anything else (`Number` alone would take '' and '0x1'). */
export function parseNumber(text: string): number | undefined {
  return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : undefined;
}

/**
 * A number of row `index` with nine significant digits, which name a float32 exactly.
 *
 * @throws RangeError for one that is not finite
 */
export function formatNumber(value: number, index: string): string {
  if (!Number.isFinite(value)) throw new RangeError(`row ${index}: ${value} is not a finite number`);
  return String(Number(value.toPrecision(9)));
}
