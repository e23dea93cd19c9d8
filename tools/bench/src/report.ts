import type { Measured } from './statistics.ts';

/** A table: the header first, then rows of as many cells. */
export type Table = readonly (readonly string[])[];

/** A table as Markdown, its columns aligned: numbers to the right. */
export function markdown(table: Table): string {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length), 3));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(table[0]!), rule, ...table.slice(1).map(line)].join('\n');
}

/** Three significant digits, or all digits before the point. */
export function digits(value: number): string {
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toFixed(Math.min(decimals, 4));
}

/** `median (first quartile - third quartile)`. */
export function range({ median, spread: [low, high] }: Measured): string {
  return `${digits(median)} (${digits(low)} - ${digits(high)})`;
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

/** Progress, for whoever watches. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
