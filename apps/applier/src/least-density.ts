/** Densities in a factor of ten: one is 4.7% more than the next. */
const perDecade = 50;

/** The greatest density that is tried: above it, positions and values take more than the model's own. */
const greatest = 0.5;

/**
 * Looks for the least density at which something holds that is likelier the greater it is, by bisection on a grid of
 * densities with three digits, 4.7% apart, from 0.501 down to about one entry.
 *
 * @param parameters d, of which a density is a part
 * @param holds asked about ten times
 * @returns one at which it was found to hold, while it did not at the next lower one, if there is any; undefined where it
 *   does not hold at the greatest
 */
export async function leastDensity(
  parameters: number,
  holds: (density: number) => Promise<boolean>,
): Promise<number | undefined> {
  const density = (step: number): number => Number((10 ** (-step / perDecade)).toPrecision(3));
  let known = Math.floor(-perDecade * Math.log10(greatest));
  let below = Math.max(known, Math.floor(perDecade * Math.log10(parameters))) + 1;
  if (!(await holds(density(known)))) return undefined;
  while (below - known > 1) {
    const middle = Math.floor((known + below) / 2);
    if (await holds(density(middle))) known = middle;
    else below = middle;
  }
  return density(known);
}
