import { dark, light, palette } from './palette.ts';

/** Relative luminance of a colour (WCAG 2.1). */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = parseInt(colour.slice(at, at + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dim, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (bright + 0.05) / (dim + 0.05);
}

it('contrast is that of the standard', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

it.each([
  ['light', light],
  ['dark', dark],
])('series and text are seen on a %s page', (_, { page, text, muted, warning }) => {
  const low = palette.filter((colour) => contrast(colour, page) < 3);
  expect(low).toEqual([]);
  for (const colour of [text, muted, warning]) expect(contrast(colour, page)).toBeGreaterThan(4.5);
});
