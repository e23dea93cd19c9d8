import type { Config, TopLevelSpec } from 'vega-lite';
import { Markup, markup } from './markup.ts';
import { palette } from './palette.ts';

/** A plot, as Vega-Lite describes it. */
export type PlotSpec = TopLevelSpec;

/** Pixels of a plot's width, axes included, where its description gives none: what a phone shows unscaled. */
const width = 360;

const ink = 'currentColor';
const faint = {
  gridColor: ink,
  gridOpacity: 0.15,
  domainColor: ink,
  domainOpacity: 0.5,
  tickColor: ink,
  tickOpacity: 0.5,
};
const theme: Config = {
  background: 'transparent',
  aria: false, // the figure names the plot; a label for each mark is ten times the plot
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  axis: {
    ...faint,
    labelColor: ink,
    titleColor: ink,
    titleFontWeight: 'normal',
    labelFontSize: 11,
    titleFontSize: 12,
  },
  legend: {
    orient: 'bottom',
    columns: 1, // several beside each other are cut off where names are long
    symbolLimit: 0,
    labelLimit: 1.15 * width, // by widths that Vega estimates without a screen, half as much too wide
    labelColor: ink,
    titleColor: ink,
    labelFontSize: 11,
    titleFontSize: 12,
  },
  header: { labelColor: ink, titleColor: ink },
  title: { color: ink },
  mark: { color: palette[0]! },
  text: { color: ink },
  rule: { color: ink },
  range: { category: [...palette] },
};

/**
 * A plot as SVG, without a script. Its text has the page's colour, and its series colours that are seen on a light page
 * and on a dark one. It is drawn as wide as a phone and grows by at most two fifths on a wider page.
 *
 * @param caption what the plot shows; it stands under it
 * @param spec its description; widths, heights and what else it says replace what plots have here
 * @throws Error where Vega-Lite cannot compile the description
 */
export async function plot(caption: string, spec: PlotSpec): Promise<Markup> {
  const { Error: errors, View, logger, parse } = await import('vega');
  const { compile } = await import('vega-lite');
  const shape = { width, height: 220, autosize: { type: 'fit-x', contains: 'padding' } as const };
  // its warnings speak of heights that are given by a step, which fit nowhere and need not
  const { spec: compiled } = compile(
    { ...shape, ...spec, config: { ...theme, ...spec.config } },
    { logger: logger(errors) },
  );
  const view = new View(parse(compiled), { renderer: 'none' });
  try {
    const svg = await view.toSVG();
    const natural = Number(/<svg [^>]*?width="([\d.]+)"/.exec(svg)![1]);
    const range = `min-width:${Math.round(0.9 * natural)}px;max-width:${Math.round(1.4 * natural)}px`;
    const start = markup`<svg role="img" aria-label="${caption}" style="${range}" `.html;
    return markup`<figure>
<div class="scroll">${new Markup(svg.replace('<svg ', () => start))}</div>
<figcaption>${caption}</figcaption>
</figure>
`;
  } finally {
    view.finalize();
  }
}
