import { scoreAnswer, type JudgedAnswer, type SpanScores } from './squad.ts';

/** Where *no answer* is best said: the threshold, and the mean score that it gives. */
export interface BestThreshold {
  readonly score: number;
  /** Predictions of questions with a greater null score are to be *no answer*. */
  readonly threshold: number;
}

/**
 * The threshold of null scores that gives the best mean in version 2.0, as the official scorer looks for it: among 0,
 * where nothing but *no answer* is said, and the questions' own scores, the first best one.
 *
 * @param judged with predictions as they are where there is an answer
 * @param nullScores of each question; the larger, the less there is an answer
 * @throws RangeError for no question, and if the lengths differ
 */
export function bestThreshold(
  judged: readonly JudgedAnswer[],
  nullScores: readonly number[],
  metric: keyof SpanScores,
): BestThreshold {
  if (judged.length === 0 || judged.length !== nullScores.length) {
    throw new RangeError(
      `${nullScores.length} null scores for ${judged.length} questions; expected one for each`,
    );
  }
  const order = judged.map((_, i) => i).sort((a, b) => nullScores[a]! - nullScores[b]!);
  let total = judged.filter(({ answers }) => answers.length === 0).length;
  let best = { total, threshold: 0 };
  for (const i of order) {
    const { prediction, answers } = judged[i]!;
    if (answers.length > 0) total += scoreAnswer(judged[i]!, '2.0')[metric];
    else if (prediction !== '') total -= 1;
    if (total > best.total) best = { total, threshold: nullScores[i]! };
  }
  return { score: best.total / judged.length, threshold: best.threshold };
}
