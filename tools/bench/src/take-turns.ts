/**
 * Measures several things in turns, round after round, so that a machine that drifts favours none of them. All rounds
 * have one order: nothing is measured right after itself, which would find its threads awake and its memory in the
 * caches.
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
    for (const name of names) results[name].push(await things[name]());
  }
  return results;
}
