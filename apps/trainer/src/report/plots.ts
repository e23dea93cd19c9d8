import type { PlotSpec } from '@diffprune/pages';
import type { Measure } from '@diffprune/training';
import type { EvaluationLine, MetricsLine, StepLine } from '../run-folder/metrics-log.ts';
import type { PartNonzeros } from './nonzeros.ts';

/** Steps and evaluations, counted through all stages, for a common axis: a line's step, and those of the stages before it. */
export function throughStages<Line extends StepLine | EvaluationLine>(
  lines: readonly MetricsLine[],
  kind: Line['kind'],
): (Line & { readonly total: number })[] {
  let [stage, before, last] = ['', 0, 0];
  return lines.flatMap((line) => {
    if (line.kind !== 'step' && line.kind !== 'evaluation') return [];
    if (line.stage !== stage) [stage, before] = [line.stage, last];
    last = before + line.step;
    return line.kind === kind ? [{ ...(line as Line), total: last }] : [];
  });
}

const stepAxis = { field: 'total', type: 'quantitative', title: 'step' } as const;
const named = { field: 'of', type: 'nominal', title: null, sort: null } as const;

/** The loss at the logging steps of all stages, and its running mean. */
export function lossPlot(lines: readonly MetricsLine[]): PlotSpec {
  const x = stepAxis;
  const y = { type: 'quantitative', title: 'loss', scale: { zero: false } } as const;
  const color = { field: 'stage', type: 'nominal', title: null, sort: null } as const;
  const values = throughStages<StepLine>(lines, 'step');
  const reach = Math.ceil(values.length / 50);
  return {
    data: { values },
    transform: [
      { window: [{ op: 'mean', field: 'loss', as: 'mean' }], frame: [-reach, reach], groupby: ['stage'] },
    ],
    layer: [
      {
        mark: { type: 'point', size: 16, opacity: 0.4, filled: true },
        encoding: { x, y: { ...y, field: 'loss' }, color },
      },
      { mark: 'line', encoding: { x, y: { ...y, field: 'mean' }, color } },
    ],
  };
}

/** The main score of each split that is evaluated, at each evaluation. */
export function scorePlot(lines: readonly MetricsLine[]): PlotSpec {
  const values = throughStages<EvaluationLine>(lines, 'evaluation').flatMap(({ total, splits }) =>
    Object.entries(splits).map(([of, { main }]) => ({ total, score: main, of })),
  );
  return {
    data: { values },
    mark: { type: 'line', point: true },
    encoding: {
      x: stepAxis,
      y: { field: 'score', type: 'quantitative', title: 'score', scale: { zero: false } },
      color: named,
    },
  };
}

/** The norms of the gradients of each group of parameters, before they are cut down, on a logarithmic scale. */
export function gradientPlot(lines: readonly MetricsLine[]): PlotSpec {
  const values = throughStages<StepLine>(lines, 'step').flatMap(({ total, ...line }) =>
    Object.entries(line).flatMap(([name, value]) => {
      const [, group] = /^(\w*?)gradientNorm$/i.exec(name) ?? [];
      const isShown = group !== undefined && typeof value === 'number' && value > 0;
      return isShown ? [{ total, norm: value, of: group || 'weights' }] : [];
    }),
  );
  return {
    data: { values },
    mark: 'line',
    encoding: {
      x: stepAxis,
      y: {
        field: 'norm',
        type: 'quantitative',
        title: 'norm',
        scale: { type: 'log' },
        axis: { format: '.0e' },
      },
      color: named,
    },
  };
}

/** The part of its peak that each learning rate has. */
export function ratePlot(lines: readonly MetricsLine[]): PlotSpec {
  return {
    data: {
      values: throughStages<StepLine>(lines, 'step').map(({ total, learningRateFactor, stage }) => ({
        total,
        factor: learningRateFactor,
        stage,
      })),
    },
    mark: 'line',
    encoding: {
      x: stepAxis,
      y: { field: 'factor', type: 'quantitative', title: 'part of the peak rate' },
      color: { field: 'stage', type: 'nominal', title: null, sort: null },
    },
  };
}

/** Whether a measure is worth a plot: whether steps report it, and not always the same. */
export function isPlotted(lines: readonly MetricsLine[], { name }: Measure): boolean {
  const values = lines.flatMap((line) => (line.kind === 'step' ? (line[name] ?? []) : []));
  return values.length === 1 || new Set(values).size > 1;
}

/** A measure at the logging steps that report it, on a logarithmic scale, and the path that it was steered along. */
export function measurePlot(lines: readonly MetricsLine[], measure: Measure): PlotSpec {
  const { name, title, kind, path = '' } = measure;
  const values = lines.flatMap((line) => {
    if (line.kind !== 'step') return [];
    return Object.entries({ [title]: line[name], path: line[path] }).flatMap(([of, value]) =>
      typeof value === 'number' && value > 0 ? [{ step: line.step, value, of }] : [],
    );
  });
  const scale = { type: 'log' } as const;
  return {
    data: { values },
    mark: 'line',
    encoding: {
      x: { field: 'step', type: 'quantitative', title: 'step' },
      y: {
        field: 'value',
        type: 'quantitative',
        title,
        scale,
        axis: { format: kind === 'fraction' ? '.2~%' : '.0e' },
      },
      color: named,
    },
  };
}

/** What fraction of each part of the base the diff changes. */
export function nonzerosPlot(parts: readonly PartNonzeros[]): PlotSpec {
  const values = parts.map(({ part, changed, parameters }) => ({ part, density: changed / parameters }));
  return {
    height: { step: 18 },
    data: { values },
    mark: 'bar',
    encoding: {
      y: { field: 'part', type: 'nominal', sort: null, title: null },
      x: { field: 'density', type: 'quantitative', title: 'fraction changed', axis: { format: '.2~%' } },
    },
  };
}

/** How many gates are open with which probability, in equal parts of [0, 1]. */
export function gatesPlot(gates: readonly number[]): PlotSpec {
  const values = gates.map((count, i) => ({ from: i / gates.length, to: (i + 1) / gates.length, count }));
  return {
    data: { values },
    mark: 'bar',
    encoding: {
      x: {
        field: 'from',
        type: 'quantitative',
        bin: { binned: true },
        title: 'probability that the gate is open',
      },
      x2: { field: 'to' },
      y: {
        field: 'count',
        type: 'quantitative',
        scale: { type: 'symlog' },
        title: 'gates',
        axis: { format: '~s' },
      },
    },
  };
}
