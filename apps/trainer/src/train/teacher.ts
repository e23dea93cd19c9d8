import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import {
  createTokenizer,
  headTitle,
  programParameters,
  serializeConfig,
  type EncoderConfig,
  type Head,
} from '@diffprune/bert';
import { loadCheckpoint } from '@diffprune/bert/node';
import { InputError } from '@diffprune/command-line';
import type { Engine } from '@diffprune/engine';
import { readBytes } from '@diffprune/files/node';
import type { Features, RowOutputs, TaskCodec } from '@diffprune/glue';
import { checkFit, DiffFitError, fingerprintTokenizer, headOf, Predictor } from '@diffprune/inference';
import type { StoredBase } from '@diffprune/inference/node';
import {
  applyDiff,
  decodeDiff,
  fingerprintTensors,
  fingerprintText,
  revertDiff,
  SparseDiffError,
} from '@diffprune/sparse-diff';
import { loadTeacherOutputs, saveTeacherOutputs } from '@diffprune/training';
import { checkTask } from '../data/check-task.ts';
import { resolveBase } from '../data/resolve-inputs.ts';
import type { Progress } from '../progress/progress.ts';
import type { RunTask } from '../tasks/run-task.ts';

/** A fine-tuned model, ready to predict. */
interface Model {
  readonly config: EncoderConfig;
  readonly head: Head;
  readonly weights: Readonly<Record<string, Float32Array>>;
  /** Takes a diff off its base. */
  revert(): void;
}

/** A model of the run's task, from which another is to learn. */
export class Teacher {
  #load: (() => Model) | undefined;

  /** @param fingerprint of all that its outputs follow from, the rows apart */
  constructor(
    readonly fingerprint: string,
    load: () => Model,
  ) {
    this.#load = load;
  }

  /**
   * What it gives for rows, without dropout: read from the file that holds it, or computed, once for each row, and kept
   * there. The model is let go; it is asked but once.
   */
  async outputs(
    path: string,
    features: Features,
    run: {
      readonly engine: Engine;
      readonly batchSize: number;
      /** Hash of the rows. */
      readonly data: string;
      readonly progress: Pick<Progress, 'rows' | 'line' | 'end'>;
    },
  ): Promise<RowOutputs> {
    const load = this.#load!;
    this.#load = undefined;
    const source = `${this.fingerprint} ${run.data}`;
    const kept = await loadTeacherOutputs(path, source);
    if (kept !== undefined) return kept;
    run.progress.line(`asking the teacher about ${features.size} rows`);
    const { config, head, weights, revert } = load();
    const predictor = new Predictor(run.engine, config, head, weights, run.batchSize);
    try {
      const outputs = await predictor.outputs(features, (done) => {
        run.progress.rows('teacher', done, features.size);
      });
      await saveTeacherOutputs(path, outputs, source);
      return outputs;
    } finally {
      run.progress.end();
      await predictor.dispose();
      revert();
    }
  }
}

/**
 * Reads the model of `--teacher`: a Hugging Face folder, a model of the hub, or a diff over the run's own base, which
 * is put on that base's weights while it predicts.
 *
 * @param rows to be predicted, encoded by the base's tokenizer
 * @throws InputError for a model of another task, with other labels, another tokenizer, or too few positions; what the
 *   readers throw for one that cannot be read
 */
export async function readTeacher(
  given: string,
  base: StoredBase,
  task: RunTask,
  needs: Pick<TaskCodec<unknown, unknown>, 'head'>,
  rows: Features,
): Promise<Teacher> {
  const isFile = await stat(given).then(
    (found) => found.isFile(),
    () => false,
  );
  return isFile || given.endsWith('.sdiff')
    ? ofDiff(given, base, task)
    : ofFolder(given, base, task, headOf(needs), rows);
}

async function ofDiff(path: string, base: StoredBase, task: RunTask): Promise<Teacher> {
  const bytes = await readBytes(path, Infinity);
  try {
    const diff = await decodeDiff(bytes, base.tensors, base.fingerprint);
    const model = checkFit(base, diff);
    checkTask(diff.manifest, task, `--teacher ${path}`);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return new Teacher(await fingerprintText(`${sha256} over ${base.fingerprint}`), () => {
      const undo = applyDiff(base.tensors, diff, base.fingerprint);
      const weights = Object.fromEntries([...base.tensors].map(([name, { data }]) => [name, data]));
      return { ...model, weights, revert: () => revertDiff(base.tensors, undo) };
    });
  } catch (error) {
    if (error instanceof SparseDiffError || error instanceof DiffFitError) {
      throw new InputError(`--teacher ${path}: ${error.message}`);
    }
    throw error;
  }
}

async function ofFolder(
  given: string,
  base: StoredBase,
  task: RunTask,
  wanted: Head,
  rows: Features,
): Promise<Teacher> {
  const folder = await resolveBase(given);
  const { config, tensors, heads, labelNames, labelProblem, tokenizerFiles } = await loadCheckpoint(folder);
  const refuse = (problem: string): never => {
    throw new InputError(`--teacher ${given}: ${problem}`);
  };
  const head = heads.find(({ kind }) => kind === wanted.kind);
  const labels = task.labels.length > 0 ? ` of ${task.labels.join(', ')}` : '';
  const needed = `${task.name} needs ${headTitle(wanted)}${labels}`;
  if (head === undefined) {
    const found = heads.map(headTitle).join(' and ');
    return refuse(`the model has ${found || 'no head'}, but ${needed}; fine-tune it on the task first`);
  }
  if (labelProblem !== undefined) refuse(`config.json: ${labelProblem}`);
  const count = 'labels' in head ? head.labels : 0;
  if (count !== task.labels.length) refuse(`its head has ${count} labels, but ${needed}`);
  if (!sameLabels(labelNames, task)) {
    refuse(`its labels are ${labelNames!.join(', ')}, but ${needed}, in this order`);
  }
  const tokenizer = await fingerprintTokenizer(createTokenizer(tokenizerFiles, config.vocabSize, folder));
  if (tokenizer !== base.tokenizerFingerprint) {
    refuse(
      "its tokenizer is another than the base's, but both read the same tokens; take one of the same vocabulary",
    );
  }
  const longest = rows.offsets.reduce((most, end, i) => Math.max(most, end - (rows.offsets[i - 1] ?? 0)), 0);
  if (longest > config.positions) {
    refuse(`it has ${config.positions} positions, but rows have up to ${longest} tokens; lower --max-length`);
  }
  if (config.typeVocabSize < task.texts) {
    refuse(`it has one token type, but ${task.name} has pairs of texts; take another model`);
  }
  const specs = programParameters(config, head);
  const weights = Object.fromEntries(specs.map(({ name }) => [name, tensors.get(name)!]));
  const stored = specs.map(({ name, shape }) => [name, { shape, data: weights[name]! }] as const);
  const facts = [await fingerprintTensors(stored), serializeConfig(config), tokenizer];
  const model: Model = { config, head, weights, revert() {} };
  return new Teacher(await fingerprintText(JSON.stringify(facts)), () => model);
}

/** Whether names of labels, where a model has any but numbers, are a task's, in its order, in whatever case. */
function sameLabels(names: readonly string[] | undefined, { labels, spelt }: RunTask): boolean {
  if (names === undefined || names.every((name, i) => name === `LABEL_${i}`)) return true;
  const text = names.join('\n').toLowerCase();
  return [labels, spelt].some((names) => names?.join('\n').toLowerCase() === text);
}
