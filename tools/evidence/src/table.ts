import { runName, variantOf, type Run } from './matrices.ts';
import { nameOf, type Result } from './results.ts';

/** Mean and sample standard deviation. */
function summary(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return mean.toFixed(1);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return `${mean.toFixed(1)} ± ${Math.sqrt(squares / (values.length - 1)).toFixed(1)}`;
}

function percent(fraction: number | undefined): string {
  return fraction === undefined ? '100%' : `${Number((100 * fraction).toPrecision(12))}%`;
}

/**
 * A comparison as a Markdown table: a line for each method and budget, a column for each task with the mean and the
 * standard deviation of the scores × 100, how many of the seeds are there where some are missing, and sizes. Where
 * methods have no budget, there is a column for what part of the base they changed.
 *
 * @param results of all bases and comparisons; those of others are left out
 */
export function formatTable(base: string, matrix: readonly Run[], results: readonly Result[]): string {
  const byName = new Map(results.map((result) => [nameOf(result), result]));
  const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
  const tasks = unique(matrix.map(({ task }) => task));
  const budget = (['density', 'remaining'] as const).find((name) => matrix.some((run) => run[name]));
  const keyOf = (run: Run): string => JSON.stringify([variantOf(run), budget && run[budget]]);
  const rows = unique(matrix.map(keyOf)).map((key) => {
    const [line] = matrix.filter((run) => keyOf(run) === key) as [Run];
    const found: Result[] = [];
    const cells = tasks.map((task) => {
      const wanted = matrix.filter((run) => run.task === task && keyOf(run) === key);
      const have = wanted.flatMap((run) => byName.get(runName(base, run)) ?? []);
      found.push(...have);
      if (have.length === 0) return '–';
      const missing = have.length < wanted.length ? ` (${have.length} of ${wanted.length} seeds)` : '';
      return `${summary(have.map(({ score }) => 100 * score))}${missing}`;
    });
    const mean = (values: readonly number[], digits = 0): string =>
      values.length === 0
        ? '–'
        : (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(digits);
    const parts = found.flatMap(({ changed }) => changed ?? []);
    const changed =
      parts.length === 0
        ? '–'
        : `${mean(
            parts.map((part) => 100 * part),
            1,
          )}%`;
    const kilobytes = mean(found.map(({ bytes }) => bytes / 1000));
    return [
      variantOf(line),
      budget ? percent(line[budget]) : changed,
      ...cells,
      kilobytes,
      mean(found.flatMap(({ seconds }) => seconds ?? [])),
    ];
  });
  const header = ['method', budget ?? 'changed', ...tasks, 'kB', 's a run'];
  const format = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [format(header), format(header.map(() => '---')), ...rows.map(format)].join('\n');
}
