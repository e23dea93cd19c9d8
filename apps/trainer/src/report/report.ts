import type { Measure } from '@diffprune/training';
import { describeSamples } from '../format.ts';
import type { MetricsLine } from '../run-folder/metrics-log.ts';
import type { PartNonzeros } from './nonzeros.ts';
import { lossPlot, measurePlot, nonzerosPlot, isPlotted } from './plots.ts';

/** What a report shows. */
export interface ReportContent {
  readonly title: string;
  /** Facts about the run, name and value. */
  readonly facts: readonly (readonly [string, string])[];
  /** What the reader should know before believing the scores. */
  readonly warnings: readonly string[];
  readonly metrics: readonly MetricsLine[];
  readonly parts: readonly PartNonzeros[];
  /** What the method's steps report. */
  readonly measures?: readonly Measure[] | undefined;
}

/** A page that needs no other file and no network. */
export async function renderReport({
  title,
  facts,
  warnings,
  metrics,
  parts,
  measures = [],
}: ReportContent): Promise<string> {
  const plots = [section('Loss', await lossPlot(metrics))];
  for (const measure of measures.filter((each) => isPlotted(metrics, each))) {
    plots.push(section(measure.heading, await measurePlot(metrics, measure)));
  }
  plots.push(section('What the diff changes in each part of the base', await nonzerosPlot(parts)));
  const isPruned = parts.some(({ pruned }) => pruned > 0);
  const counts = parts.map(({ part, changed, zeros, pruned, parameters }) =>
    [part, changed, zeros, ...(isPruned ? [pruned] : []), parameters].map(String),
  );
  const columns = ['part', 'changed', 'of these by 0', ...(isPruned ? ['pruned to 0'] : []), 'parameters'];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeHtml(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid #ccc; padding: 0.2rem 0.8rem 0.2rem 0; text-align: left; }
.warning { border-left: 4px solid #c60; padding-left: 0.8rem; }
svg { max-width: 100%; height: auto; }
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${warnings.map((warning) => `<p class="warning">${escapeHtml(warning)}</p>\n`).join('')}${table([], facts)}
<h2>Evaluations</h2>
${evaluationTable(metrics)}
${plots.join('\n')}
${table(columns, counts)}
</body>
</html>
`;
}

function section(heading: string, svg: string): string {
  return `<h2>${escapeHtml(heading)}</h2>\n${svg}`;
}

function evaluationTable(metrics: readonly MetricsLine[]): string {
  const rows = metrics.flatMap((line) => {
    if (line.kind !== 'evaluation' && line.kind !== 'stored') return [];
    const when =
      line.kind === 'stored'
        ? [`stored as ${line.values}`, '', '']
        : [line.stage, String(line.epoch), String(line.step)];
    const samples = line.kind === 'stored' ? {} : (line.samples ?? {});
    return Object.entries(line.splits).flatMap(([split, { scores }]) => {
      const values = Object.entries(scores).map(([metric, value]) => `${metric} ${value.toFixed(4)}`);
      const row = [...when, split, values.join(', ')];
      const sampled = samples[split];
      return sampled === undefined ? [row] : [row, [...when, split, describeSamples(sampled)]];
    });
  });
  return table(['stage', 'epoch', 'step', 'split', 'scores'], rows);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  const lines = [...(header.length > 0 ? [row(header, 'th')] : []), ...rows.map((cells) => row(cells, 'td'))];
  return `<table>\n${lines.join('\n')}\n</table>`;
}

export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
