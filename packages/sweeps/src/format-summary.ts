import type { Cell, Line, Summary } from './summarize.ts';

/** Options of which a part of one is shown in per cent. */
const fractions = new Set(['density', 'remaining']);

/**
 * A sweep's summary in Markdown: a line for each method and what else tells runs apart, a column for each task with
 * mean ± sample standard deviation of the scores × 100, then sizes.
 */
export function formatSummary(summary: Summary): string {
  const { name, description, tasks, metrics, seeds, missing } = summary;
  const scored = Object.entries(metrics).map(([task, of]) => `${task}: ${of.join(' and ')}`);
  const notes = [
    [
      'Scores on the dev split × 100',
      ...(scored.length > 0 ? [` (${scored.join('; ')})`] : []),
      ...(seeds.length > 1 ? [`, mean ± sample standard deviation over the seeds ${seeds.join(', ')}`] : []),
      ...(tasks.length > 1 ? ['; mean: over the tasks'] : []),
      '. changed: part of the base that the diff changes; kB: its file.',
    ].join(''),
    ...(missing.length > 0 ? [`Not there: ${missing.map((run) => `\`${run}\``).join(', ')}.`] : []),
  ];
  const parts = [
    `# ${name}`,
    ...(description === undefined ? [] : [description]),
    formatTable(summary),
    ...notes,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The table alone. */
export function formatTable({ tasks, lines }: Summary): string {
  const options = [...new Set(['method', ...lines.flatMap(({ options }) => Object.keys(options))])];
  const mean = tasks.length > 1 ? ['mean'] : [];
  const rows = lines.map((line) => [
    ...options.map((option) => describeOption(option, line)),
    ...tasks.map((task) => describeCell(line.cells.find((cell) => cell.task === task))),
    ...mean.map(() => (line.mean === undefined ? '–' : (100 * line.mean).toFixed(1))),
    line.changed === undefined ? '–' : `${percent(line.changed, 2)}`,
    line.bytes === undefined ? '–' : (line.bytes / 1000).toFixed(line.bytes < 10_000 ? 1 : 0),
  ]);
  const header = [...options, ...tasks, ...mean, 'changed', 'kB'];
  const format = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [format(header), format(header.map(() => '---')), ...rows.map(format)].join('\n');
}

/** A line in words: `magnitude-pruning, remaining 10%`. */
export function describeLine(line: Line): string {
  const { method, ...others } = line.options;
  return [method, ...Object.keys(others).map((name) => `${name} ${describeOption(name, line)}`)].join(', ');
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
