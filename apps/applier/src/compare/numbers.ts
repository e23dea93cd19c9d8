/** A whole number: 12,345. */
export function integer(value: number): string {
  return value.toLocaleString('en');
}

/** A fraction as a percentage of three digits: 12.3%, 0.500%, 0%; – for none. */
export function percent(fraction: number): string {
  if (!Number.isFinite(fraction)) return '–';
  if (fraction === 0) return '0%';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(100 * fraction)));
  return `${(100 * fraction).toFixed(Math.min(digits, 6))}%`;
}

/** A number of three digits: 0.0123, 4.56, 1,234; – for none. */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const digits = 2 - Math.floor(Math.log10(Math.abs(value)));
  return digits > 7 ? value.toExponential(1) : value.toLocaleString('en', fixed(Math.max(0, digits)));
}

function fixed(digits: number) {
  return { minimumFractionDigits: digits, maximumFractionDigits: digits };
}
