import { InputError } from '@diffprune/command-line';
import { answer } from '@diffprune/inference/node';
import type { Manifest } from '@diffprune/sparse-diff';
import { formatPredictions } from '@diffprune/squad';
import { readSquad } from '@diffprune/squad/node';
import type { Ask, PredictOptions } from './ask.ts';

/**
 * A question and its context, for a diff that finds answers: the answer and its alternatives as JSON; or a file of
 * questions: `predictions.json`, as SQuAD's scorers read it.
 *
 * @throws InputError for options that are for other diffs; DataFileError for a file that cannot be used
 */
export async function askQuestions(options: PredictOptions, manifest: Manifest): Promise<Ask> {
  const { question, context, file, batchSize, diff } = options;
  const ofTexts = (['text', 'format', 'split', 'columns'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (ofTexts !== undefined) {
    throw new InputError(
      `${diff} is for ${manifest.task || 'a task'} with questions about contexts, to which --${ofTexts} has no meaning: ` +
        'give --question and --context, or --file',
    );
  }
  if (file === undefined) {
    return async (model) => {
      const found = await answer(model, { question: question!, context: context! });
      return `${JSON.stringify(found, null, 2)}\n`;
    };
  }
  if (file === '-') {
    throw new InputError(
      'questions are not read from the standard input; give --file a .json, .jsonl or .parquet',
    );
  }
  const questions = await readSquad(file);
  return async (model, onRows) => formatPredictions(await model.predict(questions, batchSize, onRows));
}
