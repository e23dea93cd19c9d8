import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  devSplits,
  formatPredictions,
  formatSubmission,
  splitLayout,
  taskFiles,
  textsOf,
  textTask,
  type Example,
  type Prediction,
  type Task,
} from '@diffprune/glue';
import { readTask } from '@diffprune/glue/node';
import { reviewAnswers } from './review-answers.ts';
import { maxLengthOption, type RunTask } from './run-task.ts';

const options = { maxLength: maxLengthOption(128) };

/** A task in GLUE's layout: classes or scores of texts or pairs. */
export function textRunTask(task: Task): RunTask<Example, Prediction> {
  const type = textTask(task);
  return {
    name: task.name,
    title: task.folder,
    labels: task.labels,
    spelt: task.values,
    texts: textsOf(task),
    head: type.head.kind,
    options,
    complete: ({ maxLength }) => ({ maxLength }),
    properties: {},
    type: () => type,
    devSplits: devSplits(task),
    isLabelled: (split) => splitLayout(task, split).label !== undefined,
    files: (names, source) => taskFiles(names, task, source),
    async read(path, split) {
      const { examples, skippedLines } = await readTask(path, task, split);
      return { examples, skipped: skippedLines.length };
    },
    answerFiles: [{ name: 'predictions.tsv', format: (answers) => formatPredictions(task, answers) }],
    review: (answers, examples) => reviewAnswers(task, answers, examples),
    submission: (answers) => formatSubmission(task, answers),
    async predictArguments(folder, split) {
      const { file, textB } = splitLayout(task, split);
      const path = join(folder, file);
      if (existsSync(path)) return ['--file', path];
      return ['--text', 'a text', ...(textB === undefined ? [] : ['--text-b', 'another'])];
    },
  };
}
