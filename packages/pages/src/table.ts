import { markup, type Content, type Markup } from './markup.ts';

/** A value that is shaded by how large it is: a table of these is a heat map. */
export interface ShadedCell {
  readonly text: string;
  /** From 0, no shade, to 1, the strongest. */
  readonly shade: number;
}

/** What a cell of a table shows. */
export type Cell = string | number | Markup | ShadedCell;

/**
 * A table. The first cell of a row names it; columns of numbers, however written (`1,024`, `3.5%`, `2e-5`, `–`), stand at
 * the right. Where it is wider than the page it scrolls in a box of its own.
 *
 * @throws RangeError for a row with another number of cells than there are columns
 */
export function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  const wrong = rows.find((row) => row.length !== columns.length);
  if (wrong) throw new RangeError(`a row of a table has ${wrong.length} cells, not ${columns.length}`);
  const classes = columns.map((_, i) => columnClass(rows.map((row) => row[i]!)));
  const head = columns.map((name, i) => markup`<th scope="col"${classes[i]}>${name}</th>`);
  const body = rows.map((row) => markup`<tr>${row.map((cell, i) => tableCell(cell, i, classes[i]))}</tr>\n`);
  return markup`<div class="scroll" tabindex="0"><table>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody>
</table></div>
`;
}

/**
 * A table of numbers, each shaded by its part of the largest one.
 *
 * @param columns names of the columns of numbers
 * @param rows each row's name and its numbers, which are not negative
 * @param format how a number is written
 * @throws RangeError for a row with another number of numbers than there are columns
 */
export function heatMap(
  columns: readonly string[],
  rows: readonly (readonly [name: string, values: readonly number[]])[],
  format: (value: number) => string,
): Markup {
  const largest = Math.max(...rows.flatMap(([, values]) => values), 0);
  const shade = (value: number) => (largest === 0 ? 0 : value / largest);
  return table(
    ['', ...columns],
    rows.map(([name, values]) => [
      name,
      ...values.map((value) => ({ text: format(value), shade: shade(value) })),
    ]),
  );
}

/** Facts, name and value, in two columns, or under each other where the page is narrow. */
export function facts(named: readonly (readonly [name: string, value: Content])[]): Markup {
  return markup`<dl>
${named.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>
`;
}

function tableCell(cell: Cell, column: number, numeric: Markup | undefined): Markup {
  const shaded = typeof cell === 'object' && 'shade' in cell;
  const content = shaded ? cell.text : cell;
  if (column === 0) return markup`<th scope="row"${numeric}>${content}</th>`;
  const shade = shaded ? markup` style="--shade:${(cell.shade * 100).toFixed(0)}%"` : undefined;
  return markup`<td${numeric}${shade}>${content}</td>`;
}

/** Numbers stand at the right; what has long texts is given room. */
function columnClass(cells: readonly Cell[]): Markup | undefined {
  if (cells.length > 0 && cells.every(isNumeric)) return markup` class="number"`;
  const isLong = cells.some((cell) => typeof cell === 'string' && cell.length > 40);
  return isLong ? markup` class="text"` : undefined;
}

function isNumeric(cell: Cell): boolean {
  if (typeof cell === 'number') return true;
  if (typeof cell !== 'string') return 'shade' in cell;
  return /^(|–|[-−+±]?[\d.,]+(e[-+]?\d+)?\s?%?( ± [\d.,]+(e[-+]?\d+)?%?)?)$/.test(cell);
}
