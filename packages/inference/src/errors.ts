/** Something that was asked for and cannot be done; the message says why and what to do. */
export class InferenceError extends Error {
  override readonly name = 'InferenceError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
}

/** A diff that is whole, but cannot be used with this base. */
export class DiffFitError extends Error {
  override readonly name = 'DiffFitError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
}
