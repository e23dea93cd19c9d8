import type { TextPieces } from '@diffprune/glue';

/**
 * The first and the last piece that a stretch of the text touches; undefined where it touches none, as one of spaces
 * alone.
 *
 * @param start in UTF-16 units; the stretch is [start, end)
 */
export function answerPieces(
  { starts, ends }: TextPieces,
  start: number,
  end: number,
): { readonly first: number; readonly last: number } | undefined {
  const first = ends.findIndex((to) => to > start);
  const last = starts.findLastIndex((from) => from < end);
  return first >= 0 && first <= last ? { first, last } : undefined;
}
