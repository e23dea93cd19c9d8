/** What a value must be: a test, and its words for the message. */
interface Expectation {
  readonly holds: (value: number | undefined) => boolean;
  readonly words: string;
}

const finite: Expectation = { holds: Number.isFinite, words: 'a finite number' };
export const binary: Expectation = { holds: (value) => value === 0 || value === 1, words: 'class 0 or 1' };

/**
 * Checks that predictions and labels belong together and are what a metric takes.
 *
 * @throws RangeError if the lengths differ, or for the first value that is not as expected, naming its row
 */
export function checkPairs(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  expected: Expectation = finite,
): void {
  if (predictions.length !== labels.length) {
    throw new RangeError(
      `${predictions.length} predictions for ${labels.length} labels; expected one for each`,
    );
  }
  for (const [what, values] of Object.entries({ prediction: predictions, label: labels })) {
    const row = Array.from(values).findIndex((value) => !expected.holds(value));
    if (row >= 0) throw new RangeError(`${what} ${row} is ${values[row]}, expected ${expected.words}`);
  }
}
