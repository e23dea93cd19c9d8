import { printable, textTable } from '../text-table.ts';
import type { Comparison } from './analyse-diffs.ts';
import { comparisonTables } from './comparison-tables.ts';
import { integer } from './numbers.ts';

/** A comparison for the terminal. */
export function comparisonText(comparison: Comparison): string {
  const { fingerprint, parameters } = comparison.base;
  return [
    `base  ${fingerprint}, ${integer(parameters)} parameters`,
    ...comparisonTables(comparison).flatMap(({ title, columns, rows }) => [
      '',
      title,
      textTable(
        columns.map(printable),
        rows.map((row) => row.map(printable)),
      ),
    ]),
    '',
  ].join('\n');
}
