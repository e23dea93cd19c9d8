import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeFileAtomically } from '@diffprune/files/node';
import { checkOutputFile, InputError, type Inputs } from '@diffprune/command-line';
import { createEngine } from '@diffprune/engine';
import type { Evaluation } from '@diffprune/evaluators';
import { shortestRow } from '@diffprune/glue';
import { showDownload } from '@diffprune/hub';
import { SparseDiffError, type Manifest } from '@diffprune/sparse-diff';
import { readDiff } from '@diffprune/sparse-diff/node';
import { DiffFitError, Predictor, checkFit, trainedLength, type ModelOfDiff } from '@diffprune/inference';
import { readBase, type StoredBase } from '@diffprune/inference/node';
import { checkTask } from '../data/check-task.ts';
import { readSplit } from '../data/splits.ts';
import { resolveData } from '../data/resolve-inputs.ts';
import { createProgress } from '../progress/progress.ts';
import { taskOfDiff } from '../tasks/resolve-task.ts';
import type { RunTask } from '../tasks/run-task.ts';
import { applyToBase } from '../train/stored-diff.ts';
import { formatEvaluations } from '../format.ts';

/** What the command line says of an evaluation. */
export interface EvaluateArguments {
  readonly base: string;
  readonly diff: string;
  readonly data: string;
  readonly task?: string;
  readonly split?: string;
  readonly predictions?: string;
  readonly submission?: string;
  readonly engine?: string;
  readonly threads?: number;
  readonly batchSize?: number;
}

/**
 * Applies a diff and evaluates it.
 *
 * @returns what to tell the user: the scores of labelled splits, the files written for others
 */
export async function runEvaluation(given: EvaluateArguments): Promise<string> {
  const { predictions: predictionsFile, submission, engine = 'cpu', threads, batchSize = 32 } = given;
  await checkOutputs(given);
  const base = await showDownload(process.stderr, (view) => readBase(given.base, view));
  const { manifest, model, weights } = await applyFile(given.diff, base, given.base);
  const { task } = await taskOfDiff(given.task, manifest.task, given.diff);
  checkTask(manifest, task, given.diff);

  if (submission !== undefined && task.submission === undefined) {
    throw new InputError(`the GLUE server takes no ${task.name}; --predictions writes answers to a file`);
  }
  const splits = given.split === undefined ? task.devSplits : [given.split];
  const files = predictionsFile ?? submission;
  if (splits.length > 1 && files !== undefined) {
    throw new InputError(
      `${task.name} has the splits ${splits.join(' and ')}; say by --split which one ${files} is for`,
    );
  }
  const unlabelled = splits.find((split) => !task.isLabelled(split));
  if (unlabelled !== undefined && files === undefined) {
    throw new InputError(
      `split ${unlabelled} has no labels to evaluate on; give --submission or --predictions a file`,
    );
  }

  const answerFiles = await answerFilesOf(task, given);
  const maxLength = trainedLength(manifest, base.config);
  if (maxLength < shortestRow(task.texts)) {
    throw new InputError(
      `${given.diff}: inputs are cut at ${maxLength} tokens, too few for task ${task.name}`,
    );
  }
  const folder = await resolveData(given.data, task);
  const predictor = new Predictor(
    await createEngine(engine, { threads }),
    model.config,
    model.head,
    weights,
    batchSize,
  );
  const type = task.type({ ...manifest.hyperparameters, maxLength });
  const progress = createProgress(process.stderr);
  const evaluations: Record<string, Evaluation> = {};
  const written: string[] = [];
  const write = async (path: string, text: string): Promise<void> => {
    await writeFileAtomically(path, text);
    written.push(path);
  };
  try {
    for (const split of splits) {
      const { features, examples } = await readSplit(folder, task, split, type, base.tokenizer, maxLength);
      const outputs = await predictor.outputs(features, (done) => progress.rows(split, done, features.size));
      progress.end();
      const predictions = type.decode(outputs, examples, features);
      if (features.labels) evaluations[split] = type.score(predictions, examples);
      for (const [path, format] of answerFiles) await write(path, format(predictions));
      if (submission !== undefined) await write(submission, task.submission!(predictions));
    }
  } finally {
    progress.end();
    await predictor.dispose();
  }
  const lines = [...formatEvaluations(evaluations), ...written.map((path) => `written: ${path}`)];
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * What `--predictions` writes, path and format: its own file, and beside it what else the task's answers are in, under
 * the names that a run has for them; beside a device, nothing.
 *
 * @throws InputError for one that could not be written in the end, is an input, or is the file of `--predictions` itself
 */
async function answerFilesOf(
  { answerFiles: [usual, ...others] }: RunTask,
  { predictions: path, ...given }: EvaluateArguments,
): Promise<(readonly [path: string, format: (answers: readonly unknown[]) => string])[]> {
  if (path === undefined) return [];
  const there = await stat(path).catch(() => undefined);
  const beside = there && !there.isFile() ? [] : others;
  const files = beside.map(({ name, format }) => [join(dirname(path), name), format] as const);
  for (const [other] of files) {
    if (resolve(other) === resolve(path)) {
      throw new InputError(
        `--predictions: ${path} is what its alternatives are written to; give it another name`,
      );
    }
    await checkOutputFile('--predictions', other, inputsOf(given));
  }
  return [[path, usual.format], ...files];
}

function inputsOf({ diff, data, base }: Pick<EvaluateArguments, 'diff' | 'data' | 'base'>): Inputs {
  return { '--diff': diff, '--data': data, '--base': base };
}

/** @throws InputError for files that could not be written in the end, or are inputs, or one another */
async function checkOutputs({ predictions, submission, ...given }: EvaluateArguments): Promise<void> {
  const inputs = inputsOf(given);
  if (predictions !== undefined) await checkOutputFile('--predictions', predictions, inputs);
  if (submission !== undefined) await checkOutputFile('--submission', submission, inputs);
  if (predictions !== undefined && submission !== undefined && resolve(predictions) === resolve(submission)) {
    throw new InputError(`--predictions and --submission are both ${submission}; give each its own file`);
  }
}

/** The weights of a base with a diff file applied, and the model that they are of. */
async function applyFile(
  path: string,
  base: StoredBase,
  baseName: string,
): Promise<{ manifest: Manifest; model: ModelOfDiff; weights: Record<string, Float32Array> }> {
  const diff = await readDiff(path);
  try {
    const model = checkFit(base, diff);
    return { manifest: diff.manifest, model, weights: applyToBase(base, diff) };
  } catch (error) {
    if (error instanceof SparseDiffError || error instanceof DiffFitError) {
      throw new InputError(`${path}, base ${baseName}: ${error.message}`);
    }
    throw error;
  }
}
