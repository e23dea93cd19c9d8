import { InputError } from '@diffprune/command-line';
import { formatPredictions, type Example } from '@diffprune/glue';
import { readTexts } from '@diffprune/glue/node';
import { checkTexts, glueTask, problemOf } from '@diffprune/inference/node';
import type { Manifest } from '@diffprune/sparse-diff';
import type { Ask, PredictOptions } from './ask.ts';

/**
 * A text, a pair, or a file of them, for a diff that says classes or scores: `predictions.tsv`.
 *
 * @throws InputError for options that are for other diffs; DataFileError for a file that cannot be used; InferenceError
 *   for other texts than the diff takes
 */
export async function askTexts(options: PredictOptions, manifest: Manifest): Promise<Ask> {
  if (options.question !== undefined) {
    throw new InputError(
      `${options.diff} is for ${manifest.task || 'a task'} with texts, not questions: give --text, or --file`,
    );
  }
  checkLabels(manifest, options.diff);
  const examples = await examplesOf(options, manifest);
  checkTexts(manifest, examples);
  return async (model, onRows) =>
    formatPredictions(problemOf(manifest), await model.predict(examples, options.batchSize, onRows));
}

/** @throws InputError for a label that a tab-separated table cannot hold */
function checkLabels({ labels }: Manifest, diff: string): void {
  const broken = labels.find((label) => /[\t\r\n]/.test(label));
  if (broken === undefined) return;
  throw new InputError(
    `${diff}: the label ${JSON.stringify(broken)} has a tab or a line break, so that no prediction file could hold it`,
  );
}

/** @throws DataFileError for a file that cannot be used, InputError for `--split` of a task without splits */
async function examplesOf(options: PredictOptions, { task: name }: Manifest): Promise<readonly Example[]> {
  const { text, textB, file, format, split, columns } = options;
  if (file === undefined) return [{ index: '0', textA: text!, ...(textB !== undefined && { textB }) }];
  const task = glueTask(name);
  if (split !== undefined && task === undefined) {
    throw new InputError(
      `--split is for the files of a GLUE task, which ${name || 'this'} is not; use --columns`,
    );
  }
  return readTexts(file, {
    ...(format && { format }),
    ...(columns && { columns }),
    ...(task && { task }),
    ...(split !== undefined && { split }),
  });
}
