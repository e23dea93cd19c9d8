import type { Histogram } from '@diffprune/evaluators';
import {
  facts,
  heatMap,
  page,
  plot,
  plots,
  section,
  table,
  type Markup,
  type PlotSpec,
} from '@diffprune/pages';
import type { AnalysedDiff, Comparison } from './analyse-diffs.ts';
import { comparisonTables, type ComparisonTable } from './comparison-tables.ts';
import { decimal, integer, percent } from './numbers.ts';

/** A comparison as a page that needs no other file. */
export async function comparisonPage(comparison: Comparison): Promise<string> {
  const { base, diffs } = comparison;
  const sections: Markup[] = [];
  for (const { about, title, columns, rows } of comparisonTables(comparison)) {
    const figures = await drawFigures(diffs, figuresAbout[about] ?? []);
    sections.push(section(title, figures.length > 0 ? plots(...figures) : undefined, table(columns, rows)));
    if (about === 'changed' && diffs.length > 2) sections.push(jaccardSection(comparison));
  }
  return page(
    diffs.length === 1 ? `What ${diffs[0]!.name} changes` : `${diffs.length} diffs of one base`,
    facts([
      ['base', base.fingerprint],
      ['parameters', integer(base.parameters)],
    ]),
    sections,
    diffs.map(matrixSection),
  );
}

/** A plot of a diff; undefined where it has nothing to show. */
type Figure = (diff: AnalysedDiff) => readonly [caption: string, PlotSpec] | undefined;

/** What is drawn beside which table. */
const figuresAbout: { readonly [About in ComparisonTable['about']]?: readonly Figure[] } = {
  layers: [({ name, layers }) => [name, bars(layers, 'share', 'share of changed entries')]],
  modules: [({ name, modules }) => [name, bars(modules, 'share', 'share of changed entries')]],
  'sparsity by layer': [
    ({ name, layers, zeroed }) => (zeroed > 0 ? [name, bars(layers, 'remaining', 'remaining')] : undefined),
    ({ name, remaining }) =>
      remaining && [`${name}: values of what remains of pruned matrices`, distribution(remaining)],
  ],
  moves: [
    ({ name, moves }) => moves && [`${name}: L1-distance`, lines(moves, 'l1Norm', 'L1-distance')],
    ({ name, moves }) => moves && [`${name}: angular distance`, lines(moves, 'angular', 'angle / π')],
  ],
};

async function drawFigures(diffs: readonly AnalysedDiff[], figures: readonly Figure[]): Promise<Markup[]> {
  const drawn: Markup[] = [];
  for (const figure of figures) {
    for (const diff of diffs) {
      const found = figure(diff);
      if (found) drawn.push(await plot(...found));
    }
  }
  return drawn;
}

function bars(groups: AnalysedDiff['layers'], measure: 'share' | 'remaining', title: string): PlotSpec {
  const values = groups.map(({ group, share, sparsity }) => ({ group, share, remaining: 1 - sparsity }));
  return {
    height: { step: 16 },
    data: { values },
    mark: 'bar',
    encoding: {
      y: { field: 'group', type: 'nominal', sort: null, title: null },
      x: { field: measure, type: 'quantitative', title, axis: { format: '.2~%', tickCount: 5 } },
    },
  };
}

function distribution({ from, to, counts }: Histogram): PlotSpec {
  const width = (to - from) / counts.length;
  const values = counts.map((count, i) => ({ from: from + i * width, to: from + (i + 1) * width, count }));
  return {
    data: { values },
    mark: 'bar',
    encoding: {
      x: { field: 'from', type: 'quantitative', title: 'weight', bin: { binned: true } },
      x2: { field: 'to' },
      y: { field: 'count', type: 'quantitative', title: 'weights' },
    },
  };
}

function lines(
  moves: NonNullable<AnalysedDiff['moves']>,
  field: 'l1Norm' | 'angular',
  title: string,
): PlotSpec {
  return {
    data: { values: moves.map((move) => ({ ...move })) },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'layer', type: 'quantitative', title: 'layer', axis: { tickMinStep: 1 } },
      y: { field, type: 'quantitative', title },
      color: { field: 'module', type: 'nominal', title: null, sort: null, legend: { columns: 2 } },
    },
  };
}

/** What a diff does to each matrix of the encoder, as a heat map: its sparsity where it prunes, its density elsewhere. */
function matrixSection({ name, matrices, zeroed }: AnalysedDiff): Markup {
  const [measure, title] =
    zeroed > 0
      ? (['sparsity', `${name}: sparsity of each matrix`] as const)
      : (['density', `${name}: changed part of each matrix`] as const);
  const modules = [...new Set(matrices.map(({ module }) => module))];
  const layers = [...new Set(matrices.map(({ layer }) => layer))];
  const rows = layers.map((layer) => {
    const ofLayer = matrices.filter((matrix) => matrix.layer === layer);
    return [`layer ${layer}`, ofLayer.map((matrix) => matrix[measure])] as const;
  });
  return section(title, heatMap(modules, rows, percent));
}

/** The Jaccard index of each two diffs' changed entries, as a heat map. */
function jaccardSection({ diffs, overlaps }: Comparison): Markup {
  const names = diffs.map(({ name }) => name);
  const found = (one: string, other: string) =>
    overlaps.find(
      ({ first, second }) =>
        [first, second].includes(one) && [first, second].includes(other) && one !== other,
    )?.changed.jaccard ?? 1;
  return section(
    'Jaccard index of the changed entries',
    heatMap(
      names,
      names.map((one) => [one, names.map((other) => found(one, other))]),
      decimal,
    ),
  );
}
