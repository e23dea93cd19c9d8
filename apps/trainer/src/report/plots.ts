import type { TopLevelSpec } from 'vega-lite';
import type { MetricsLine, StepLine } from '../run-folder/metrics-log.ts';
import type { PartNonzeros } from './nonzeros.ts';

const size = { width: 560, height: 220 } as const;

/** Steps counted through all stages, for a common axis: the step of a line, and those of the stages before it. */
function stepsThroughStages(lines: readonly MetricsLine[]): (StepLine & { readonly total: number })[] {
  const steps = lines.filter((line) => line.kind === 'step');
  const first = Math.max(0, ...steps.filter(({ stage }) => stage !== 'fixed-mask').map(({ step }) => step));
  return steps.map((line) => ({ ...line, total: line.step + (line.stage === 'fixed-mask' ? first : 0) }));
}

/** The loss at the logging steps of all stages, and its running mean. */
export function lossPlot(lines: readonly MetricsLine[]): Promise<string> {
  const x = { field: 'total', type: 'quantitative', title: 'step' } as const;
  const y = { type: 'quantitative', title: 'loss', scale: { zero: false } } as const;
  const color = { field: 'stage', type: 'nominal', title: null, sort: null } as const;
  const values = stepsThroughStages(lines);
  const reach = Math.ceil(values.length / 50);
  return renderSvg({
    ...size,
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
  });
}

/** E‖δ‖₀ / d at the logging steps of L0 training, and the path that it was steered along. */
export function expectedDensityPlot(lines: readonly MetricsLine[]): Promise<string> {
  const values = lines.flatMap((line) => {
    if (line.kind !== 'step' || line.expectedDensity === undefined) return [];
    const { step, expectedDensity, pathDensity } = line;
    return [
      { step, density: expectedDensity, of: 'expected density' },
      ...(pathDensity === undefined ? [] : [{ step, density: pathDensity, of: 'path' }]),
    ];
  });
  return renderSvg({
    ...size,
    data: { values },
    mark: 'line',
    encoding: {
      x: { field: 'step', type: 'quantitative', title: 'step' },
      y: { ...{ field: 'density', type: 'quantitative', scale: { type: 'log' } }, axis: { format: '.2~%' } },
      color: { field: 'of', type: 'nominal', title: null, sort: null },
    },
  });
}

/** λ at the logging steps of L0 training at which it was not 0. */
export function penaltyPlot(lines: readonly MetricsLine[]): Promise<string> {
  return renderSvg({
    ...size,
    data: { values: lines.filter((line) => line.kind === 'step' && (line.l0Penalty ?? 0) > 0) },
    mark: 'line',
    encoding: {
      x: { field: 'step', type: 'quantitative', title: 'step' },
      y: {
        ...{ field: 'l0Penalty', type: 'quantitative', title: 'λ', scale: { type: 'log' } },
        axis: { format: '.0e' },
      },
    },
  });
}

/** What fraction of each part of the base the diff changes. */
export function nonzerosPlot(parts: readonly PartNonzeros[]): Promise<string> {
  const values = parts.map(({ part, changed, parameters }) => ({ part, density: changed / parameters }));
  return renderSvg({
    width: size.width,
    data: { values },
    mark: 'bar',
    encoding: {
      y: { field: 'part', type: 'nominal', sort: null, title: null },
      x: { field: 'density', type: 'quantitative', title: 'fraction changed', axis: { format: '.2~%' } },
    },
  });
}

async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const { View, parse } = await import('vega');
  const { compile } = await import('vega-lite');
  const view = new View(parse(compile({ background: 'white', ...spec }).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
