const shownCharacters = 60;

/** A value of a data file as messages show it: short, whatever its size and depth. */
export function showValue(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  const short = value.length > shownCharacters ? `${value.slice(0, shownCharacters)}…` : value;
  return JSON.stringify(short);
}

const shownNames = 20;

/** Names in quotes, the first of them where there are many. */
export function showNames(names: readonly string[]): string {
  const more = names.length > shownNames ? ` and ${names.length - shownNames} more` : '';
  return names.slice(0, shownNames).map(showValue).join(', ') + more;
}
