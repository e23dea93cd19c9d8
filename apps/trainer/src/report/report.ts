import {
  facts as factList,
  heatMap,
  markup,
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
import { describeSamples, formatPercent } from '../format.ts';
import type { MetricsLine } from '../run-folder/metrics-log.ts';
import type { PlacedChanges } from './placed-changes.ts';
import type { PartNonzeros } from './nonzeros.ts';
import type { AnswerReview } from '../tasks/review-answers.ts';
import { answersSection } from './answers.ts';
import {
  gatesPlot,
  gradientPlot,
  isPlotted,
  lossPlot,
  measurePlot,
  nonzerosPlot,
  ratePlot,
  scorePlot,
} from './plots.ts';

/** What a report shows. */
export interface ReportContent {
  readonly title: string;
  /** Facts about the run, name and value. */
  readonly facts: readonly (readonly [string, string])[];
  /** What the reader should know before believing the scores. */
  readonly warnings: readonly string[];
  readonly metrics: readonly MetricsLine[];
  readonly parts: readonly PartNonzeros[];
  /** What the diff does to each matrix and vector of the base. */
  readonly groups: readonly PlacedChanges[];
  /** Of each split that is evaluated; none where the kind of task has none. */
  readonly answers: Readonly<Record<string, AnswerReview>>;
  /** What brings the run about once more. */
  readonly command: string;
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
  groups,
  answers,
  command,
  measures = [],
}: ReportContent): Promise<string> {
  const curves: readonly (readonly [string, PlotSpec])[] = [
    ['Loss', lossPlot(metrics)],
    ['Score at each evaluation', scorePlot(metrics)],
    ...measures
      .filter((each) => isPlotted(metrics, each))
      .map((measure) => [measure.heading, measurePlot(metrics, measure)] as const),
    ...metrics.flatMap((line) =>
      line.kind === 'projection' && line.gates
        ? [['Gates at the projection', gatesPlot(line.gates)] as const]
        : [],
    ),
    ['Learning rate', ratePlot(metrics)],
    ['Norms of the gradients', gradientPlot(metrics)],
  ];
  const figures: Markup[] = [];
  for (const [caption, spec] of curves) figures.push(await plot(caption, spec));
  const reviews: Markup[] = [];
  for (const [split, review] of Object.entries(answers))
    reviews.push(section(`Answers on ${split}`, await answersSection(review)));
  const nonzeros = await plot('Fraction of each part of the base that the diff changes', nonzerosPlot(parts));
  return page(
    title,
    warnings.map(warning),
    factList(facts),
    section('Evaluations', evaluationTable(metrics)),
    section('Training', plots(...figures)),
    reviews,
    section('What the diff changes in each part of the base', plots(nonzeros), nonzerosTable(parts)),
    section('What it does to each matrix', matrixMap(groups)),
    section('What it does to each tensor', tensorTable(groups)),
    section('The command that repeats it', markup`<pre>${command}</pre>\n`),
  );
}

/** Of each weight matrix of the encoder, the part that changes; where matrices are pruned, the part that is 0. */
function matrixMap(groups: readonly PlacedChanges[]): Markup {
  const matrices = groups.filter(({ layer, isMatrix }) => layer !== undefined && isMatrix);
  const measure = matrices.some(({ zeroed }) => zeroed > 0) ? 'sparsity' : 'density';
  const modules = [...new Set(matrices.map(({ module }) => module))];
  const layers = [...new Set(matrices.map(({ layer }) => layer))];
  const rows = layers.map((layer) => {
    const ofLayer = matrices.filter((matrix) => matrix.layer === layer);
    return [`layer ${layer}`, ofLayer.map((matrix) => matrix[measure])] as const;
  });
  return markup`<p>${measure === 'sparsity' ? 'Part that is set to 0:' : 'Part that changes:'}</p>
${heatMap(modules, rows, formatPercent)}`;
}

function tensorTable(groups: readonly PlacedChanges[]): Markup {
  return table(
    ['tensor', 'entries', 'changed', 'share of all changes', 'set to 0'],
    groups.map(({ group, parameters, changed, share, zeroed }) => [
      group,
      ...[parameters, changed].map((count) => count.toLocaleString('en')),
      formatPercent(share),
      zeroed.toLocaleString('en'),
    ]),
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
