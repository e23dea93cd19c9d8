import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFileError, UnknownTaskError } from '@diffprune/glue';
import {
  completeSpanSettings,
  defaultMaxLength,
  formatNBest,
  formatNullOdds,
  formatPredictions,
  squadTask,
  type squadTasks,
  type QuestionExample,
  type SpanAnswer,
} from '@diffprune/squad';
import { findQuestions, readSquad, squadFiles } from '@diffprune/squad/node';
import { finite, integerFrom, positiveInteger } from '@diffprune/training';
import { reviewSpans } from './review-answers.ts';
import { maxLengthOption, type AnswerFile, type GivenOptions, type RunTask } from './run-task.ts';

const usual = {
  maxLength: maxLengthOption(defaultMaxLength),
  docStride: integerFrom(
    0,
    65_536,
  )({
    shown: '128, less in short rows',
    argument: 'pieces',
    help: 'word pieces that two windows share, in which a context is read that is too long for a row',
  }),
  maxQuestionLength: positiveInteger({
    shown: '64, at most half of a row',
    argument: 'pieces',
    help: 'of a longer question, the first word pieces are kept',
  }),
  maxAnswerLength: positiveInteger({
    default: 30,
    argument: 'pieces',
    help: 'longest answer, in word pieces',
  }),
};

const nullThreshold = finite({
  default: 0,
  argument: 'score',
  help: "there is no answer where the score of that exceeds the best answer's by more",
});

const answerFiles: readonly [AnswerFile<SpanAnswer>, AnswerFile<SpanAnswer>] = [
  { name: 'predictions.json', format: formatPredictions },
  { name: 'nbest_predictions.json', format: formatNBest },
];

/** Whether a split of SQuAD's has answers: those to its test split are withheld. */
const splits = new Map([
  ['train', true],
  ['dev', true],
  ['test', false],
]);

/** Questions about contexts, one of whose stretches answers them; in version 2 there may be none. */
export function spanRunTask({
  name,
  title,
  version2,
}: (typeof squadTasks)[number]): RunTask<QuestionExample, SpanAnswer> {
  const settings = (given: GivenOptions) => completeSpanSettings({ ...given, version2 }, given.maxLength);
  const isLabelled = (split: string): boolean => {
    const found = splits.get(split);
    if (found !== undefined) return found;
    const known = [...splits.keys()].join(', ');
    throw new UnknownTaskError(`task ${name} has no split "${split}"; it has ${known}`);
  };
  return {
    name,
    title,
    labels: [],
    texts: 2,
    head: 'span',
    options: version2 ? { ...usual, nullThreshold } : usual,
    complete(given) {
      const { docStride, maxQuestionLength, maxAnswerLength, nullThreshold } = settings(given);
      const complete = { maxLength: given.maxLength, docStride, maxQuestionLength, maxAnswerLength };
      return version2 ? { ...complete, nullThreshold } : complete;
    },
    properties: { version2 },
    type: (options) => squadTask({ name, settings: settings(options) }),

    devSplits: ['dev'],
    isLabelled,
    files: squadFiles,
    async read(path, split) {
      const answered = isLabelled(split);
      const examples = await readSquad(path, split);
      const odd = examples.find(({ answers }) => {
        return answers === undefined ? answered : answers.length === 0 && !version2;
      });
      if (odd === undefined) return { examples, skipped: 0 };
      const problem = odd.answers
        ? 'has no answer in its context, as those of SQuAD 2.0; take --task squad_v2'
        : `does not say what is right, which "${split}" must`;
      throw new DataFileError(path, undefined, `question ${JSON.stringify(odd.id)} ${problem}`);
    },

    review: (answers, examples) => reviewSpans(version2 ? '2.0' : '1.1', answers, examples),
    answerFiles: version2
      ? [...answerFiles, { name: 'null_odds.json', format: formatNullOdds }]
      : answerFiles,
    async predictArguments(path, split) {
      const names = await readdir(path).catch(() => undefined);
      const [file] = (names && findQuestions(names, split, path)?.files) ?? [];
      if (file !== undefined) return ['--file', join(path, file)];
      return ['--question', 'a question', '--context', 'a text that answers it'];
    },
  };
}
