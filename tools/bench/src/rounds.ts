/** Rounds of each size: of a thorough run, and of a quick one. */
export type Rounds<Size extends string> = Readonly<Record<Size, readonly [thorough: number, quick: number]>>;

/** Steps that a stepper takes in a round, where all but the first count: as in training, one follows the other. */
export function stepsInARow(quick: boolean): number {
  return quick ? 2 : 3;
}

/** The sizes that a run measures, and in how many rounds; a size of no rounds is left out. */
export function roundsOf<Size extends string>(rounds: Rounds<Size>, quick: boolean): [Size, number][] {
  return (Object.entries(rounds) as [Size, Rounds<Size>[Size]][])
    .map(([size, counts]): [Size, number] => [size, counts[quick ? 1 : 0]])
    .filter(([, count]) => count > 0);
}
