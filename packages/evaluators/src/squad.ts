import { normalizeAnswer } from './normalize-answer.ts';

/** Which of the official scorers' rules hold. In 2.0 a question may have no answer. */
export type SquadVersion = '1.1' | '2.0';

/** A question's prediction and what is right. */
export interface JudgedAnswer {
  /** A text; in version 2.0 `''` for *no answer*. */
  readonly prediction: string;
  /** Texts of which each is right; in version 2.0 none where the question has no answer. */
  readonly answers: readonly string[];
}

/** Both scores of a question in [0, 1], or their means over questions. */
export interface SpanScores {
  /** Whether the prediction is an answer once both are normalised. */
  readonly exactMatch: number;
  /** The best answer's F1 of its words and the prediction's. */
  readonly f1: number;
}

export interface SquadEvaluation extends SpanScores {
  readonly questions: readonly SpanScores[];
  /** Version 2.0: the means over the questions with an answer, and over those without; absent where there is none. */
  readonly hasAnswer?: SpanScores;
  readonly noAnswer?: SpanScores;
}

/**
 * Exact match and F1 of a question as the official scorer has them (Rajpurkar et al. 2016, section 6.1, and 2018,
 * section 5; `evaluate-v1.1.py`, `evaluate-v2.0.py`).
 *
 * @throws RangeError in version 1.1 for a question without an answer
 */
export function scoreAnswer({ prediction, answers }: JudgedAnswer, version: SquadVersion): SpanScores {
  if (version === '1.1' && answers.length === 0) {
    throw new RangeError('a question without an answer, of which version 1.1 has none');
  }
  const named = version === '1.1' ? answers : answers.filter((answer) => normalizeAnswer(answer) !== '');
  const golds = named.length > 0 ? named : [''];
  const found = normalizeAnswer(prediction);
  const scores = golds.map((gold) => {
    const right = normalizeAnswer(gold);
    return { exactMatch: found === right ? 1 : 0, f1: wordF1(wordsOf(found), wordsOf(right), version) };
  });
  return {
    exactMatch: Math.max(...scores.map(({ exactMatch }) => exactMatch)),
    f1: Math.max(...scores.map(({ f1 }) => f1)),
  };
}

function wordsOf(normal: string): string[] {
  return normal === '' ? [] : normal.split(' ');
}

function wordF1(found: readonly string[], right: readonly string[], version: SquadVersion): number {
  if (version === '2.0' && (found.length === 0 || right.length === 0)) {
    return found.length === right.length ? 1 : 0;
  }
  const left = new Map<string, number>();
  for (const word of right) left.set(word, (left.get(word) ?? 0) + 1);
  let same = 0;
  for (const word of found) {
    const count = left.get(word) ?? 0;
    if (count > 0) same++;
    left.set(word, count - 1);
  }
  if (same === 0) return 0;
  const [precision, recall] = [same / found.length, same / right.length];
  return (2 * precision * recall) / (precision + recall);
}

/**
 * Scores predictions: the means over all questions, and each question's own.
 *
 * @throws RangeError for no question, and as {@link scoreAnswer}
 */
export function evaluateSquad(judged: readonly JudgedAnswer[], version: SquadVersion): SquadEvaluation {
  if (judged.length === 0) throw new RangeError('no question to score');
  const questions = judged.map((one) => scoreAnswer(one, version));
  if (version === '1.1') return { ...mean(questions), questions };
  const [has, none] = [true, false].map((answered) =>
    questions.filter((_, i) => judged[i]!.answers.length > 0 === answered),
  );
  return {
    ...mean(questions),
    questions,
    ...(has!.length > 0 && { hasAnswer: mean(has!) }),
    ...(none!.length > 0 && { noAnswer: mean(none!) }),
  };
}

function mean(scores: readonly SpanScores[]): SpanScores {
  const of = (name: keyof SpanScores) => scores.reduce((sum, one) => sum + one[name], 0) / scores.length;
  return { exactMatch: of('exactMatch'), f1: of('f1') };
}
