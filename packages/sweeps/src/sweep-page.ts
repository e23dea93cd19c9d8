import {
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
import { describeLine, describeScores, tableOf } from './format-summary.ts';
import type { Line, Summary } from './summarize.ts';

/**
 * A sweep's summary as an HTML page that needs no other file: the table, and for each option with several numbers in it,
 * such as a density or the part of the weights that remains, plots of the scores against it, as the papers have them.
 */
export async function formatPage(summary: Summary): Promise<string> {
  const { name, description, missing } = summary;
  const { header, rows } = tableOf(summary);
  const sections: Markup[] = [];
  for (const option of numericOptions(summary)) {
    const figures: Markup[] = [];
    for (const { caption, spec } of plotsAgainst(option, summary)) figures.push(await plot(caption, spec));
    sections.push(section(`Score against ${option}`, plots(...figures)));
  }
  return page(
    name,
    ...(description === undefined ? [] : [markup`<p>${description}</p>`]),
    ...(missing.length > 0 ? [warning(`Not there: ${missing.join(', ')}`)] : []),
    section('Scores', table(header, rows), markup`<p>${describeScores(summary)}</p>`),
    ...sections,
  );
}

/** The options that have several values among the lines, all of them numbers. */
export function numericOptions({ lines }: Summary): string[] {
  const names = new Set(lines.flatMap(({ options }) => Object.keys(options)));
  return [...names].filter((name) => {
    const values = new Set(lines.flatMap(({ options }) => options[name] ?? []));
    return values.size > 1 && [...values].every((value) => Number.isFinite(Number(value)));
  });
}

/** A point of a plot: a cell, with the deviation on either side. */
interface PlotPoint {
  readonly x: number;
  readonly score: number;
  readonly low: number;
  readonly high: number;
  readonly line: string;
}

/**
 * A plot for each task, and one of the mean over several tasks: the scores × 100 of each line that has the option, and
 * as dashes across the plot of those that have not, such as full fine-tuning.
 */
export function plotsAgainst(
  option: string,
  { tasks, lines }: Summary,
): { readonly caption: string; readonly spec: PlotSpec }[] {
  const xs = lines.flatMap(({ options }) => (options[option] === undefined ? [] : [Number(options[option])]));
  const [least, most] = [Math.min(...xs), Math.max(...xs)];
  const type = least > 0 && most >= 8 * least ? 'log' : 'linear';
  const titles = [...tasks, ...(tasks.length > 1 ? ['mean over the tasks'] : [])];
  return titles.flatMap((title, i) => {
    const pointsOf = (line: Line): PlotPoint[] => {
      const cell = line.cells.find(({ task }) => task === title);
      const mean = i < tasks.length ? cell?.mean : line.mean;
      if (mean === undefined) return [];
      const spread = i < tasks.length ? (cell?.deviation ?? 0) : 0;
      const at = line.options[option];
      return (at === undefined ? [least, most] : [Number(at)]).map((x) => ({
        ...{ x, score: 100 * mean, low: 100 * (mean - spread), high: 100 * (mean + spread) },
        line: describeLine(line, option),
      }));
    };
    const [curves, levels] = [
      lines.filter(({ options }) => options[option] !== undefined).flatMap(pointsOf),
      lines.filter(({ options }) => options[option] === undefined).flatMap(pointsOf),
    ];
    if (curves.length === 0) return [];
    const x = { field: 'x', type: 'quantitative', title: option, scale: { type, zero: false } } as const;
    const y = { field: 'score', type: 'quantitative', title: null, scale: { zero: false } } as const;
    const color = { field: 'line', type: 'nominal', title: null, sort: null } as const;
    const spec: PlotSpec = {
      layer: [
        {
          data: { values: levels },
          mark: { type: 'line', strokeDash: [4, 4] },
          encoding: { x, y, color },
        },
        { data: { values: curves }, mark: { type: 'line', point: true }, encoding: { x, y, color } },
        {
          data: { values: curves },
          mark: 'rule',
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
        },
      ],
    };
    return [{ caption: title, spec }];
  });
}
