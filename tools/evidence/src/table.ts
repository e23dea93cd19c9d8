import { runName, type Run } from './matrices.ts';
import { nameOf, type Result } from './results.ts';

/** Mean and sample standard deviation. */
function summary(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return mean.toFixed(1);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return `${mean.toFixed(1)} ± ${Math.sqrt(squares / (values.length - 1)).toFixed(1)}`;
}

function percent(density: number | undefined): string {
  return density === undefined ? '100%' : `${Number((100 * density).toPrecision(12))}%`;
}

/**
 * A comparison as a Markdown table: a line for each method and density, a column for each task with the mean and the
 * standard deviation of the scores × 100, how many of the seeds are there where some are missing, and sizes.
 *
 * @param results of all bases and comparisons; those of others are left out
 */
export function formatTable(base: string, matrix: readonly Run[], results: readonly Result[]): string {
  const byName = new Map(results.map((result) => [nameOf(result), result]));
  const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
  const tasks = unique(matrix.map(({ task }) => task));
  const lines = unique(matrix.map(({ method, density }) => JSON.stringify([method, density ?? null])));
  const rows = lines.map((line) => {
    const [method, density] = JSON.parse(line) as [string, number | null];
    const found: Result[] = [];
    const cells = tasks.map((task) => {
      const wanted = matrix.filter((run) => {
        return run.task === task && run.method === method && (run.density ?? null) === density;
      });
      const have = wanted.flatMap((run) => byName.get(runName(base, run)) ?? []);
      found.push(...have);
      if (have.length === 0) return '–';
      const missing = have.length < wanted.length ? ` (${have.length} of ${wanted.length} seeds)` : '';
      return `${summary(have.map(({ score }) => 100 * score))}${missing}`;
    });
    const mean = (values: readonly number[]): string =>
      values.length === 0 ? '–' : (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(0);
    const kilobytes = mean(found.map(({ bytes }) => bytes / 1000));
    return [
      method,
      percent(density ?? undefined),
      ...cells,
      kilobytes,
      mean(found.flatMap(({ seconds }) => seconds ?? [])),
    ];
  });
  const header = ['method', 'density', ...tasks, 'kB', 's a run'];
  const format = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [format(header), format(header.map(() => '---')), ...rows.map(format)].join('\n');
}
