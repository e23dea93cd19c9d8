import { page, plot, plots, section, table, type Markup, type PlotSpec } from '@diffprune/pages';
import type { DiffSummary } from '@diffprune/sparse-diff';
import { showOption } from '@diffprune/training';
import { formatPercent } from '../format.ts';
import type { EvaluationLine, MetricsLine, StepLine } from '../run-folder/metrics-log.ts';
import type { ResolvedSettings } from '../settings/settings.ts';
import { throughStages } from './plots.ts';

/** A run, as far as it is. */
export interface ComparedRun {
  readonly name: string;
  readonly settings: ResolvedSettings;
  readonly metrics: readonly MetricsLine[];
  /** Absent where the run is not finished. */
  readonly diff?: DiffSummary;
}

/** Points of a curve: more are not told from each other on a page. */
const points = 300;

/** Runs beside each other, as a page that needs no other file. */
export async function runsPage(runs: readonly ComparedRun[]): Promise<string> {
  const figures: Markup[] = [];
  const curves = [
    ['Loss, its running mean', lossCurves(runs)],
    ['Score at each evaluation', scoreCurves(runs)],
    ['Learning rate', rateCurves(runs)],
  ] as const;
  for (const [caption, spec] of curves) figures.push(await plot(caption, spec));
  const differing = differingSettings(runs);
  return page(
    `${runs.length} runs`,
    section('Scores', runsTable(runs)),
    section('Training', plots(...figures)),
    differing.length > 0
      ? section(
          'Settings in which they differ',
          table(
            ['setting', ...runs.map(({ name }) => name)],
            differing.map((name) => [name, ...runs.map(({ settings }) => shown(settings[name]))]),
          ),
        )
      : undefined,
  );
}

function runsTable(runs: readonly ComparedRun[]): Markup {
  return table(
    ['run', 'task', 'method', 'seed', 'learning rate', 'scores', 'density', 'bytes'],
    runs.map(({ name, settings, metrics, diff }) => [
      ...[name, settings.task, settings.method, shown(settings['seed']), shortened(settings['learningRate'])],
      diff ? formatMetrics(diff.manifest.metrics) : `not finished; ${lastScores(metrics)}`,
      diff ? formatPercent(diff.manifest.density) : '–',
      diff ? diff.bytes.toLocaleString('en') : '–',
    ]),
  );
}

function formatMetrics(metrics: DiffSummary['manifest']['metrics']): string {
  const scores = Object.entries(metrics).flatMap(([name, value]) =>
    typeof value === 'number' ? [`${name} ${value.toFixed(4)}`] : [],
  );
  return scores.join(', ') || '–';
}

function lastScores(metrics: readonly MetricsLine[]): string {
  const last = metrics.findLast((line) => line.kind === 'evaluation');
  if (last === undefined) return 'not evaluated yet';
  const scores = Object.entries(last.splits).map(([split, { main }]) => `${split} ${main.toFixed(4)}`);
  return `last ${scores.join(', ')}`;
}

function shown(value: ResolvedSettings[string]): string {
  return value === undefined ? '–' : showOption(value);
}

/** A number by three digits; the exact one is among the settings. */
function shortened(value: ResolvedSettings[string]): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(3))) : shown(value);
}

/** Names of the settings that are not the same in all runs. */
function differingSettings(runs: readonly ComparedRun[]): string[] {
  const names = new Set(runs.flatMap(({ settings }) => Object.keys(settings)));
  return [...names].filter((name) => new Set(runs.map(({ settings }) => shown(settings[name]))).size > 1);
}

const axis = { field: 'total', type: 'quantitative', title: 'step' } as const;
const color = { field: 'run', type: 'nominal', title: null, sort: null } as const;

function lossCurves(runs: readonly ComparedRun[]): PlotSpec {
  const values = runs.flatMap(({ name, metrics }) => {
    const steps = throughStages<StepLine>(metrics, 'step');
    const reach = Math.ceil(steps.length / 50);
    return thinned(
      steps.map(({ total }, i) => {
        const near = steps.slice(Math.max(0, i - reach), i + reach + 1);
        return { total, loss: near.reduce((sum, { loss }) => sum + loss / near.length, 0), run: name };
      }),
    );
  });
  const y = { field: 'loss', type: 'quantitative', title: 'loss', scale: { zero: false } } as const;
  return { data: { values }, mark: 'line', encoding: { x: axis, y, color } };
}

function scoreCurves(runs: readonly ComparedRun[]): PlotSpec {
  const values = runs.flatMap(({ name, metrics }) =>
    throughStages<EvaluationLine>(metrics, 'evaluation').flatMap(({ total, splits }) => {
      const [first] = Object.values(splits);
      return first ? [{ total, score: first.main, run: name }] : [];
    }),
  );
  const y = { field: 'score', type: 'quantitative', title: 'score', scale: { zero: false } } as const;
  return { data: { values }, mark: { type: 'line', point: true }, encoding: { x: axis, y, color } };
}

function rateCurves(runs: readonly ComparedRun[]): PlotSpec {
  const values = runs.flatMap(({ name, metrics }) =>
    thinned(
      throughStages<StepLine>(metrics, 'step').map(({ total, learningRateFactor, stage }) => ({
        total,
        factor: learningRateFactor,
        stage,
        run: name,
      })),
    ),
  );
  const y = { field: 'factor', type: 'quantitative', title: 'part of the peak rate' } as const;
  return { data: { values }, mark: 'line', encoding: { x: axis, y, color, detail: { field: 'stage' } } };
}

/** Evenly chosen elements of a list that is too long, the last one among them. */
function thinned<Value>(values: readonly Value[]): Value[] {
  const step = Math.ceil(values.length / points);
  return values.filter((_, i) => (values.length - 1 - i) % step === 0);
}
