import type { EncoderConfig } from '@diffprune/bert';
import type { Features } from '@diffprune/glue';

/** Pairs of texts for a model that cannot tell their tokens apart. */
export class TokenTypeError extends Error {
  override readonly name = 'TokenTypeError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
}

/**
 * Checks that a model has a type for the tokens of each text: one with a single token type takes single texts.
 *
 * @throws TokenTypeError naming the first row that is a pair
 */
export function checkTokenTypes({ typeVocabSize }: EncoderConfig, features: Features): void {
  if (typeVocabSize > 1) return;
  const { firstLengths, offsets } = features;
  const pair = firstLengths.findIndex((length, row) => length < offsets[row + 1]! - offsets[row]!);
  if (pair < 0) return;
  throw new TokenTypeError(
    `row ${pair + 1} is a pair of texts, but the base has one token type (type_vocab_size 1 in its config.json): ` +
      `it takes single texts; take another base for pairs`,
  );
}
