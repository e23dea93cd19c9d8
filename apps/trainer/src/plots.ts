import type { TopLevelSpec } from 'vega-lite';
import type { MetricsLine, StepLine } from './metrics-log.ts';
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

/** E‖δ‖₀ at the logging steps of L0 training. */
export function expectedNonzerosPlot(lines: readonly MetricsLine[]): Promise<string> {
  return renderSvg({
    ...size,
    data: { values: lines.filter((line) => line.kind === 'step' && line.expectedNonzeros !== undefined) },
    mark: 'line',
    encoding: {
      x: { field: 'step', type: 'quantitative', title: 'step' },
      y: { field: 'expectedNonzeros', type: 'quantitative', title: 'expected nonzeros' },
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
