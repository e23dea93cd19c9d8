import {
  bestThreshold,
  evaluateSquad,
  type BestThreshold,
  type Evaluation,
  type SpanScores,
} from '@diffprune/evaluators';
import type { Features, TaskCodec, TaskType } from '@diffprune/glue';
import { decodeSpans, type SpanAnswer } from './decode-spans.ts';
import { encodeQuestions, type SpanFeatures } from './encode-questions.ts';
import type { QuestionExample } from './question.ts';
import type { SpanSettings } from './span-settings.ts';

/** Questions about texts: each is one row or several, and its answer a stretch of its context. */
export function spanCodec(settings: SpanSettings): TaskCodec<QuestionExample, SpanAnswer> {
  return {
    head: { kind: 'span' },
    encode: (examples, wordPieces, maxLength) => encodeQuestions(examples, wordPieces, maxLength, settings),
    decode: (outputs, examples, features) => decodeSpans(outputs, examples, spanFeatures(features), settings),
  };
}

/** Both versions of SQuAD. */
export const squadTasks = [
  { name: 'squad', title: 'SQuAD 1.1', version2: false },
  { name: 'squad_v2', title: 'SQuAD 2.0', version2: true },
] as const;

/**
 * A task of questions about texts, scored as SQuAD is, whose main score is F1. In version 2.0 the scores are also those
 * over the questions with an answer and over those without, where there are any, and the best that another beginning of
 * *no answer* gives these predictions, with that threshold: all that `evaluate-v2.0.py` says of `predictions.json` and
 * `null_odds.json`.
 */
export function squadTask({
  name,
  settings,
}: {
  readonly name: string;
  readonly settings: SpanSettings;
}): TaskType<QuestionExample, SpanAnswer> {
  const version = settings.version2 ? '2.0' : '1.1';
  const score = (
    texts: readonly string[],
    examples: readonly QuestionExample[],
    nullScores?: readonly number[],
  ): Evaluation => {
    const judged = examples.map(({ id, answers }, i) => {
      if (answers === undefined) throw new RangeError(`question ${id} has no answers to score by`);
      return { prediction: texts[i]!, answers: answers.map(({ text }) => text) };
    });
    const { exactMatch, f1, hasAnswer, noAnswer } = evaluateSquad(judged, version);
    const best = (metric: keyof SpanScores) => bestThreshold(judged, nullScores!, metric);
    return {
      scores: {
        ...{ exactMatch, f1 },
        ...(hasAnswer && { hasAnswerExactMatch: hasAnswer.exactMatch, hasAnswerF1: hasAnswer.f1 }),
        ...(noAnswer && { noAnswerExactMatch: noAnswer.exactMatch, noAnswerF1: noAnswer.f1 }),
        ...(nullScores && namedBest('bestExactMatch', best('exactMatch'))),
        ...(nullScores && namedBest('bestF1', best('f1'))),
      },
      main: f1,
    };
  };
  return {
    ...spanCodec(settings),
    name,
    score(answers, examples) {
      const texts = answers.map(({ text }) => text);
      const nullScores = answers.flatMap(({ nullScore }) => nullScore ?? []);
      return score(texts, examples, settings.version2 ? nullScores : undefined);
    },
    constantAnswer: settings.version2 ? 'no answer' : 'the whole context',
    scoreConstant(examples) {
      const texts = examples.map(({ context }) => (settings.version2 ? '' : context));
      return score(texts, examples);
    },
  };
}

function namedBest(name: string, { score, threshold }: BestThreshold): Evaluation['scores'] {
  return { [name]: score, [`${name}Threshold`]: threshold };
}

function spanFeatures(features: Features): SpanFeatures {
  if ('windows' in features && 'contexts' in features) return features as SpanFeatures;
  throw new TypeError("the rows are not as this task's encode made them: they lack their windows");
}
