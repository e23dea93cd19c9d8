/**
 * Where in a text its code points are, by which SQuAD's files count (they were made in Python), in UTF-16 units.
 *
 * @returns a function from a number of code points to one of units; undefined behind the end
 */
export function codePointPlaces(text: string): (codePoints: number) => number | undefined {
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) {
    return (codePoints) => (codePoints <= text.length ? codePoints : undefined);
  }
  const places = [0];
  for (const c of text) places.push(places.at(-1)! + c.length);
  return (codePoints) => places[codePoints];
}
