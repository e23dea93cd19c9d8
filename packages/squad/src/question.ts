/** A question about a text, which answers it by one of its stretches. */
export interface QuestionExample {
  readonly id: string;
  readonly question: string;
  readonly context: string;
  /**
   * Stretches of the context of which each is right; training learns the first. None, in version 2.0, where the context
   * does not answer the question. Absent where nobody knows, as in a test split.
   */
  readonly answers?: readonly GoldAnswer[];
}

export interface GoldAnswer {
  readonly text: string;
  /** Where it begins in the context, in UTF-16 units. */
  readonly start: number;
}
