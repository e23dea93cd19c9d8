/** A sweep file that describes no runs; the message names file, row and option. */
export class SweepError extends Error {
  override readonly name = 'SweepError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
}
