import { excerptJson } from '@diffprune/files';

/** A value of a data file as messages show it: short, whatever its size. */
export function showValue(value: unknown): string {
  return typeof value === 'bigint' ? String(value) : excerptJson(value);
}

const shownNames = 20;

/** Names in quotes, the first of them where there are many. */
export function showNames(names: readonly string[]): string {
  const more = names.length > shownNames ? ` and ${names.length - shownNames} more` : '';
  return names.slice(0, shownNames).map(showValue).join(', ') + more;
}
