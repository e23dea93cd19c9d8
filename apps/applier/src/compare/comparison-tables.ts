import type { Overlap } from '@diffprune/evaluators';
import type { AnalysedDiff, Comparison, SharedEntries } from './analyse-diffs.ts';
import type { MatrixMove, RandomMoves } from './matrix-moves.ts';
import { decimal, integer, percent } from './numbers.ts';

/** A table of a comparison, for the terminal and for the page. */
export interface ComparisonTable {
  readonly about:
    | 'diffs'
    | 'layers'
    | 'modules'
    | 'sparsity by layer'
    | 'sparsity by module'
    | 'clustering'
    | 'changed'
    | 'zeros'
    | 'moves';
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Everything that is compared, in tables. */
export function comparisonTables({ diffs, overlaps, random }: Comparison): ComparisonTable[] {
  const pruning = diffs.filter(({ zeroed }) => zeroed > 0);
  const share = 'Share of all changed entries';
  return [
    diffTable(diffs),
    groupTable('layers', `${share}, by layer`, diffs, 'layers', ({ share }) => share),
    groupTable('modules', `${share}, by module`, diffs, 'modules', ({ share }) => share),
    groupTable('sparsity by layer', 'Sparsity, by layer', pruning, 'layers', ({ sparsity }) => sparsity),
    groupTable('sparsity by module', 'Sparsity, by module', pruning, 'modules', ({ sparsity }) => sparsity),
    clusteringTable(diffs),
    overlapTable('changed', 'Changed entries in common', overlaps, ({ changed }) => changed),
    overlapTable('zeros', 'Zeros in common', overlaps, ({ zeros }) => zeros),
    moveTable(diffs, random),
  ].filter(({ rows }) => rows.length > 0);
}

function diffTable(diffs: readonly AnalysedDiff[]): ComparisonTable {
  return {
    about: 'diffs',
    title: 'Diffs',
    columns: [
      'diff',
      'task',
      'method',
      'scores',
      'bytes',
      'changed',
      'density',
      'set to 0',
      'unchanged groups',
    ],
    rows: diffs.map(
      ({ name, task, method, metrics, bytes, changed, density, zeroed, groups, unchangedGroups }) => [
        ...[
          name,
          task || '–',
          method,
          describeScores(metrics),
          integer(bytes),
          integer(changed),
          percent(density),
        ],
        ...[integer(zeroed), `${unchangedGroups} of ${groups}`],
      ],
    ),
  };
}

function describeScores(metrics: AnalysedDiff['metrics']): string {
  const scores = Object.entries(metrics).filter(([, value]) => typeof value === 'number');
  return scores.map(([name, value]) => `${name} ${(value as number).toFixed(4)}`).join(', ') || '–';
}

function groupTable(
  about: ComparisonTable['about'],
  title: string,
  diffs: readonly AnalysedDiff[],
  groups: 'layers' | 'modules',
  of: (counts: AnalysedDiff['layers'][number]) => number,
): ComparisonTable {
  return {
    about,
    title,
    columns: [groups.slice(0, -1), ...diffs.map(({ name }) => name)],
    rows: (diffs[0]?.[groups] ?? []).map(({ group }, i) => [
      group,
      ...diffs.map((diff) => percent(of(diff[groups][i]!))),
    ]),
  };
}

function clusteringTable(diffs: readonly AnalysedDiff[]): ComparisonTable {
  return {
    about: 'clustering',
    title: 'Clustering of changed entries within matrices',
    columns: [
      ...['diff', 'runs', 'by chance', 'rows touched', 'by chance', 'columns touched', 'by chance'],
      ...['dispersion of rows', 'of columns'],
    ],
    rows: diffs.flatMap(({ name, clustering }) => {
      if (clustering === undefined) return [];
      const { runs, runsByChance, rows, columns, rowDispersion, columnDispersion } = clustering;
      return [
        [
          ...[name, integer(runs), integer(Math.round(runsByChance))],
          ...[rows, columns].flatMap(({ touched, touchedByChance }) => [
            integer(touched),
            integer(Math.round(touchedByChance)),
          ]),
          ...[decimal(rowDispersion), decimal(columnDispersion)],
        ],
      ];
    }),
  };
}

function overlapTable(
  about: ComparisonTable['about'],
  title: string,
  overlaps: readonly SharedEntries[],
  of: (shared: SharedEntries) => Overlap | undefined,
): ComparisonTable {
  return {
    about,
    title,
    columns: [
      ...['first', 'second', 'common', 'by chance', 'within tensors', 'deviations', 'Jaccard', 'by chance'],
      ...['of the first', 'of the second'],
    ],
    rows: overlaps.flatMap((shared) => {
      const found = of(shared);
      if (found === undefined) return [];
      return [
        [
          ...[shared.first, shared.second, integer(found.common), integer(Math.round(found.byChance))],
          ...[integer(Math.round(found.byChanceWithinTensors)), decimal(found.deviations)],
          ...[decimal(found.jaccard), decimal(found.jaccardByChance)],
          ...[percent(found.ofFirst), percent(found.ofSecond)],
        ],
      ];
    }),
  };
}

function moveTable(diffs: readonly AnalysedDiff[], random: RandomMoves | undefined): ComparisonTable {
  const named: readonly (readonly [string, readonly MatrixMove[]])[] = [
    ['between initialisations', random?.between ?? []],
    ['initialisation to base', random?.fromBase ?? []],
    ...diffs.map(({ name, moves = [] }) => [`base to ${name}`, moves] as const),
  ];
  return {
    about: 'moves',
    title: 'L1-distance (norm) and angular distance, over the matrices of the encoder',
    columns: ['from and to', 'L1 least', 'mean', 'most', 'angle least', 'mean', 'most'],
    rows: named
      .filter(([, moves]) => moves.length > 0)
      .map(([name, moves]) => [
        name,
        ...(['l1Norm', 'angular'] as const).flatMap((measure) => {
          const values = moves.map((each) => each[measure]);
          const mean = values.reduce((sum, value) => sum + value / values.length, 0);
          return [Math.min(...values), mean, Math.max(...values)].map(decimal);
        }),
      ]),
  };
}
