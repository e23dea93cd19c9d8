/** A question about a text, which answers it by one of its stretches. */
export interface QuestionExample {
  readonly id: string;
  readonly question: string;
  readonly context: string;
  /**
   * Stretches of the context of which each is right, the first of which is what training learns; `start` counts UTF-16
   * units. Absent in a split without them.
   */
  readonly answers?: readonly GoldAnswer[];
  /** Version 2.0: the context does not answer it; `answers` is then empty. */
  readonly impossible?: boolean;
}

export interface GoldAnswer {
  readonly text: string;
  readonly start: number;
}
