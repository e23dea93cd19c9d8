/** What a page is drawn on, and with. */
export const light = {
  page: '#ffffff',
  text: '#1d2027',
  muted: '#5c6470',
  line: '#d6d9de',
  warning: '#b45309',
};
export const dark = {
  page: '#15171c',
  text: '#e4e6ea',
  muted: '#9aa2ae',
  line: '#363b44',
  warning: '#f0a04b',
};

/**
 * Colours of the series of a plot, in their order. Each is seen on a light page and on a dark one: its contrast is at
 * least 3 with both (WCAG 2.1, success criterion 1.4.11).
 */
export const palette: readonly string[] = [
  '#2f80d0',
  '#d0700f',
  '#2b9a5b',
  '#9a68d8',
  '#dd4a60',
  '#168f9c',
  '#cf539c',
  '#9f7a3e',
  '#7f868f',
  '#868c1d',
];
