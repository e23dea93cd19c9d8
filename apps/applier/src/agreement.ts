import type { Prediction } from '@diffprune/glue';
import type { SpanAnswer } from '@diffprune/squad';

/** How far a model's answers to some examples agree with another's. */
export interface Agreement {
  /** What is counted, for people: `labels that are the same`. */
  readonly measure: string;
  /** @returns at most 1, which equal answers have */
  of(answers: readonly unknown[], others: readonly unknown[]): number;
}

/** By the kind of head whose answers they are. */
export const agreements: Readonly<Record<string, Agreement>> = {
  classification: {
    measure: 'labels that are the same',
    of: (answers, others) => share<Prediction>(answers, others, (a, b) => a.value === b.value),
  },
  regression: {
    measure: "Lin's concordance of the scores",
    of: (answers, others) => {
      const values = (of: readonly unknown[]) => (of as readonly Prediction[]).map(({ value }) => value);
      return concordance(values(answers), values(others));
    },
  },
  span: {
    measure: 'answers that are the same stretch',
    of: (answers, others) => {
      return share<SpanAnswer>(answers, others, (a, b) => a.start === b.start && a.end === b.end);
    },
  },
};

function share<Answer>(
  answers: readonly unknown[],
  others: readonly unknown[],
  same: (a: Answer, b: Answer) => boolean,
): number {
  return answers.filter((each, i) => same(each as Answer, others[i] as Answer)).length / answers.length;
}

/**
 * The concordance correlation coefficient (Lin 1989): 2 s_xy / (s_x² + s_y² + (x̄ - ȳ)²), Pearson's correlation where it
 * falls short of 1 by a shift or another scale as well. Equal numbers have 1, also where they do not vary.
 *
 * @param x as many numbers as y
 */
export function concordance(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middleX, middleY] = [mean(x), mean(y)];
  const [varX, varY, both] = [
    mean(x.map((value) => (value - middleX) ** 2)),
    mean(y.map((value) => (value - middleY) ** 2)),
    mean(x.map((value, i) => (value - middleX) * (y[i]! - middleY))),
  ];
  const all = varX + varY + (middleX - middleY) ** 2;
  return all === 0 ? 1 : (2 * both) / all;
}
