/** Tokenizer files that are malformed, ask for what this package does not do, or do not fit the model. */
export class VocabularyError extends Error {
  override readonly name = 'VocabularyError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
}
