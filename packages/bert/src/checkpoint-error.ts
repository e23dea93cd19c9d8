/** A checkpoint that lacks something or does not agree with its own configuration. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
}
