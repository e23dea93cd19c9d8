import { headParameters, baseParameters, type Head } from '@diffprune/bert';
import { createEngine } from '@diffprune/engine';
import { evaluate } from '@diffprune/evaluators';
import { devSplits, formatPredictions, formatSubmission, splitLayout, type Task } from '@diffprune/glue';
import { SparseDiffError, applyDiff, type Base, type Manifest } from '@diffprune/sparse-diff';
import { readDiff } from '@diffprune/sparse-diff/node';
import { Predictor, headOf, toPredictions } from '@diffprune/training';
import { InputError } from './errors.ts';
import { writeWhole } from './files.ts';
import { checkMaxLength, readBase, readSplit, type LoadedBase } from './inputs.ts';
import { knownTask } from './known-tasks.ts';
import { resolveBase, resolveData } from './resolve-inputs.ts';
import { formatScores } from './text.ts';

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
  const {
    predictions: predictionsFile,
    submission,
    engine: engineName = 'cpu',
    threads,
    batchSize = 32,
  } = given;
  const base = await readBase(await resolveBase(given.base));
  const { manifest, weights } = await applyFile(given.diff, base, given.base);
  const task = knownTask(given.task ?? manifest.task);
  const head = headOf(task);
  checkHead(manifest, weights, task, head, base, given.diff);

  const splits = given.split === undefined ? devSplits(task) : [given.split];
  const files = predictionsFile ?? submission;
  if (splits.length > 1 && files !== undefined) {
    throw new InputError(
      `${task.name} has the splits ${splits.join(' and ')}; say by --split which one ${files} is for`,
    );
  }
  const unlabelled = splits.find((split) => splitLayout(task, split).label === undefined);
  if (unlabelled !== undefined && files === undefined) {
    throw new InputError(
      `split ${unlabelled} has no labels to evaluate on; give --submission or --predictions a file`,
    );
  }

  const maxLength = trainedLength(manifest, base);
  const folder = await resolveData(given.data, task);
  const engine = await createEngine(engineName, threads === undefined ? {} : { threads });
  const predictor = new Predictor(engine, base.config, head, weights, batchSize);
  const lines: string[] = [];
  try {
    for (const split of splits) {
      const { features, indices } = await readSplit(folder, task, split, base.tokenizer, maxLength);
      const predictions = toPredictions(task, await predictor.logits(features), indices);
      if (features.labels) {
        const values = predictions.map(({ value }) => value);
        lines.push(formatScores(split, evaluate(task.metrics, values, features.labels).scores));
      }
      if (predictionsFile !== undefined)
        await writeWhole(predictionsFile, formatPredictions(task, predictions));
      if (submission !== undefined) await writeWhole(submission, formatSubmission(task, predictions));
    }
  } finally {
    await predictor.dispose();
  }
  for (const file of [predictionsFile, submission]) if (file !== undefined) lines.push(`written: ${file}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** The weights of a base with a diff file applied. */
async function applyFile(
  path: string,
  { config, tensors, fingerprint }: LoadedBase,
  folder: string,
): Promise<{ manifest: Manifest; weights: Record<string, Float32Array> }> {
  try {
    const diff = await readDiff(path);
    const base: Base = new Map(
      baseParameters(config).map(({ name, shape }) => [name, { shape, data: tensors.get(name)! }]),
    );
    applyDiff(base, diff, fingerprint);
    const weights = [...base].map(([name, { data }]) => [name, data as Float32Array] as const);
    return { manifest: diff.manifest, weights: Object.fromEntries(weights) };
  } catch (error) {
    if (error instanceof SparseDiffError) throw new InputError(`${path}, base ${folder}: ${error.message}`);
    throw error;
  }
}

/** @throws InputError unless the diff brings the output layer that the task needs */
function checkHead(
  { task: trained, labels, head: kind }: Manifest,
  weights: Readonly<Record<string, Float32Array>>,
  task: Task,
  head: Head,
  { config }: LoadedBase,
  path: string,
): void {
  if (kind !== head.kind || labels.join('\n') !== task.labels.join('\n')) {
    const has = labels.length > 0 ? `${kind} of ${labels.join(', ')}` : kind;
    const needs = task.labels.length > 0 ? `${head.kind} of ${task.labels.join(', ')}` : head.kind;
    throw new InputError(`${path} is for task ${trained} (${has}), but ${task.name} is a ${needs}`);
  }
  for (const { name, shape } of headParameters(config, head)) {
    const size = shape.reduce((product, extent) => product * extent, 1);
    if (weights[name]?.length !== size) {
      throw new InputError(`${path}: ${name} has ${weights[name]?.length ?? 'no'} values, expected ${size}`);
    }
  }
}

/** Longest input of a diff that does not say how it was trained, in tokens; BERT's usual choice for GLUE. */
const usualMaxLength = 128;

/** The length at which texts were cut when the diff was trained. */
function trainedLength({ hyperparameters }: Manifest, { config }: LoadedBase): number {
  const trained = hyperparameters['maxLength'];
  if (typeof trained !== 'number') return Math.min(usualMaxLength, config.maxPositionEmbeddings);
  checkMaxLength(trained, config);
  return trained;
}
