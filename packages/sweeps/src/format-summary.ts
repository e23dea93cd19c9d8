import type { Cell, Line, Summary } from './summarize.ts';

/** Options of which a part of one is shown in per cent. */
const fractions = new Set(['density', 'remaining']);

/**
 * A sweep's summary in Markdown: a line for each method and what else tells runs apart, a column for each task with
 * mean ± sample standard deviation of the scores × 100, then sizes.
 */
export function formatSummary(summary: Summary): string {
  const { name, description, missing } = summary;
  const parts = [
    `# ${name}`,
    ...(description === undefined ? [] : [description]),
    formatTable(summary),
    describeScores(summary),
    ...(missing.length > 0 ? [`Not there: ${missing.map((run) => `\`${run}\``).join(', ')}.`] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The table alone. */
export function formatTable(summary: Summary): string {
  const { header, rows } = tableOf(summary);
  const format = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [format(header), format(header.map(() => '---')), ...rows.map(format)].join('\n');
}

/** The table's cells. */
export function tableOf({ tasks, lines }: Summary): {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  const options = [...new Set(['method', ...lines.flatMap(({ options }) => Object.keys(options))])];
  const mean = tasks.length > 1 ? ['mean'] : [];
  const rows = lines.map((line) => [
    ...options.map((option) => describeOption(option, line)),
    ...tasks.map((task) => describeCell(line.cells.find((cell) => cell.task === task))),
    ...mean.map(() => (line.mean === undefined ? '–' : (100 * line.mean).toFixed(1))),
    line.changed === undefined ? '–' : `${percent(line.changed, 2)}`,
    line.bytes === undefined ? '–' : (line.bytes / 1000).toFixed(line.bytes < 10_000 ? 1 : 0),
  ]);
  return { header: [...options, ...tasks, ...mean, 'changed', 'kB'], rows };
}

/** What the numbers of the table are. */
export function describeScores({ tasks, metrics, seeds }: Summary): string {
  const scored = Object.entries(metrics).map(([task, of]) => `${task}: ${of.join(' and ')}`);
  return [
    'Scores on the dev split × 100',
    ...(scored.length > 0 ? [` (${scored.join('; ')})`] : []),
    ...(seeds.length > 1 ? [`, mean ± sample standard deviation over the seeds ${seeds.join(', ')}`] : []),
    ...(tasks.length > 1 ? ['; mean: over the tasks'] : []),
    '. changed: part of the base that the diff changes; kB: its file.',
  ].join('');
}

/**
 * A line in words: `magnitude-pruning, remaining 10%`.
 *
 * @param without an option that is left out
 */
export function describeLine(line: Line, without?: string): string {
  const { method, ...others } = line.options;
  const shown = Object.keys(others).filter((name) => name !== without);
  return [method, ...shown.map((name) => `${name} ${describeOption(name, line)}`)].join(', ');
}

function describeOption(name: string, { options }: Line): string {
  const value = options[name];
  if (value === undefined) return '–';
  return fractions.has(name) && Number.isFinite(Number(value)) ? percent(Number(value), 12) : value;
}

function percent(fraction: number, digits: number): string {
  return `${Number((100 * fraction).toPrecision(digits))}%`;
}

function describeCell(cell: Cell | undefined): string {
  if (cell === undefined) return '–';
  const { scores, mean, deviation, wanted } = cell;
  const spread = deviation === undefined ? '' : ` ± ${(100 * deviation).toFixed(1)}`;
  const lacking = scores.length < wanted ? ` (${scores.length} of ${wanted})` : '';
  return `${(100 * mean).toFixed(1)}${spread}${lacking}`;
}
