import { Markup, markup, type Content } from './markup.ts';
import { dark, light, palette } from './palette.ts';

const variables = (colours: Readonly<Record<string, string>>) =>
  Object.entries(colours)
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(' ');

const style = `
:root { color-scheme: light dark; ${variables(light)} --shade-color: ${palette[0]!}; }
@media (prefers-color-scheme: dark) { :root { ${variables(dark)} } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 80rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0 1rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 0.5rem; border-bottom: 1px solid var(--line); }
p { max-width: 50rem; margin: 0.5rem 0; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) minmax(0, 1fr); gap: 0.2rem 1.5rem; margin: 0.5rem 0; }
dt { color: var(--muted); }
dd { margin: 0; }
@media (max-width: 40rem) { dl { grid-template-columns: minmax(0, 1fr); } dd { margin-bottom: 0.4rem; } }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: 0.9rem; margin: 0.5rem 0; overflow-wrap: normal; }
th, td { border-bottom: 1px solid var(--line); padding: 0.2rem 1rem 0.2rem 0; text-align: left; vertical-align: top; }
thead th { color: var(--muted); font-weight: normal; vertical-align: bottom; overflow-wrap: anywhere; min-width: 5.5rem; }
tbody th { font-weight: normal; min-width: 6rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; }
td.text { min-width: 15rem; }
td[style] { background: color-mix(in srgb, var(--shade-color) calc(0.55 * var(--shade)), transparent); padding-left: 0.6rem; padding-right: 0.6rem; }
.warning { border-left: 4px solid var(--warning); padding-left: 0.8rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22.5rem), 1fr)); gap: 1rem 2rem; align-items: start; }
figure { margin: 0.5rem 0; min-width: 0; }
figcaption { color: var(--muted); font-size: 0.9rem; }
svg { display: block; width: 100%; height: auto; }
pre { overflow-x: auto; margin: 0.5rem 0; font-size: 0.9rem; }
`;

/** A part of a page under a heading. */
export function section(heading: string, ...content: readonly Content[]): Markup {
  return markup`<section>
<h2>${heading}</h2>
${content}</section>
`;
}

/** Plots beside each other, as many as the page is wide. */
export function plots(...figures: readonly Markup[]): Markup {
  return markup`<div class="plots">
${figures}</div>
`;
}

/** What the reader should know before believing the rest. */
export function warning(text: string): Markup {
  return markup`<p class="warning">${text}</p>
`;
}

/** A whole page, which needs no other file, no network and no script. */
export function page(title: string, ...content: readonly Content[]): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<h1>${title}</h1>
${content}</body>
</html>
`.html;
}
