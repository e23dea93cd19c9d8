/**
 * Measures several things in turns, round after round, each round in the opposite order of the one before: a machine
 * that drifts, or that favours what comes first, favours none of them.
 *
 * @returns the results of each, by round
 */
export async function takeTurns<Name extends string, Result>(
  things: Readonly<Record<Name, () => Promise<Result>>>,
  rounds: number,
): Promise<Record<Name, Result[]>> {
  const names = Object.keys(things) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Result[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) results[name].push(await things[name]());
  }
  return results;
}
