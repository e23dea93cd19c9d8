import {
  facts as factList,
  page,
  plot,
  plots,
  section,
  table,
  warning,
  type Markup,
  type PlotSpec,
} from '@diffprune/pages';
import type { Measure } from '@diffprune/training';
import { describeSamples } from '../format.ts';
import type { MetricsLine } from '../run-folder/metrics-log.ts';
import type { PartNonzeros } from './nonzeros.ts';
import { isPlotted, lossPlot, measurePlot, nonzerosPlot } from './plots.ts';

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
  const curves: readonly (readonly [string, PlotSpec])[] = [
    ['Loss', lossPlot(metrics)],
    ...measures
      .filter((each) => isPlotted(metrics, each))
      .map((measure) => [measure.heading, measurePlot(metrics, measure)] as const),
  ];
  const figures: Markup[] = [];
  for (const [caption, spec] of curves) figures.push(await plot(caption, spec));
  const nonzeros = await plot('Fraction of each part of the base that the diff changes', nonzerosPlot(parts));
  return page(
    title,
    warnings.map(warning),
    factList(facts),
    section('Evaluations', evaluationTable(metrics)),
    section('Training', plots(...figures)),
    section('What the diff changes in each part of the base', plots(nonzeros), nonzerosTable(parts)),
  );
}

function nonzerosTable(parts: readonly PartNonzeros[]): Markup {
  const isPruned = parts.some(({ pruned }) => pruned > 0);
  return table(
    ['part', 'changed', 'of these by 0', ...(isPruned ? ['pruned to 0'] : []), 'parameters'],
    parts.map(({ part, changed, zeros, pruned, parameters }) =>
      [part, changed, zeros, ...(isPruned ? [pruned] : []), parameters].map((value) =>
        value.toLocaleString('en'),
      ),
    ),
  );
}

function evaluationTable(metrics: readonly MetricsLine[]): Markup {
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
