export { escapeHtml, markup, Markup, type Content } from './markup.ts';
export { page, plots, section, warning } from './page.ts';
export { plot, type PlotSpec } from './plot.ts';
export { facts, heatMap, table, type Cell, type ShadedCell } from './table.ts';
