import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeCheckpoint } from '@diffprune/bert/node';
import { readTextIfPresent, writeFileAtomically } from '@diffprune/files/node';
import { checkOutputFolder, InputError } from '@diffprune/command-line';
import {
  pretrain,
  PretrainingBatches,
  pretrainingVocabulary,
  validatePretraining,
  type PretrainingEvent,
  type PretrainingOptions,
} from '@diffprune/pretraining';
import { DivergenceError, handOver, OptionError } from '@diffprune/training';
import { openCheckpoint } from '../run-folder/checkpoint.ts';
import { followRun, type StepEvent } from '../run-folder/follow-run.ts';
import { createInitialModel, openTexts, readInitialModel, type InitialModel } from './prepare-pretraining.ts';
import { pretrainingDefaults } from '../commands/pretraining-flags.ts';
import {
  newPretraining,
  parsePretrainingConfig,
  resumePretraining,
  type GivenPretraining,
  type PretrainingConfig,
  type PretrainingSettings,
} from '../settings/pretraining-settings.ts';
import { createProgress } from '../progress/progress.ts';
import { resolveBase } from '../data/resolve-inputs.ts';
import { RunFolder } from '../run-folder/run-folder.ts';
import { lockFolder } from '../run-folder/run-lock.ts';
import { flagOf } from '../settings/settings.ts';
import { formatScores } from '../format.ts';
import type { TokenFile } from './token-file.ts';
import { version } from '../version.ts';
import { whatIsKept } from '../run-folder/what-is-kept.ts';
import { makeEngine } from '../make-engine.ts';

/** What the command line says of a pretraining run. */
export interface PretrainArguments extends GivenPretraining {
  readonly out: string;
  readonly resume?: boolean;
  readonly saveSteps?: number;
  readonly logSteps?: number;
}

/**
 * Begins a pretraining run, or goes on with one, and brings it to its end unless a signal stops it. Its folder holds
 * `config.json`, `metrics.jsonl`, `tokens/`, `checkpoint/` and `model/`, a Hugging Face folder, whose weights are
 * written last of all: their presence means that the run is finished.
 *
 * @returns the exit code
 */
export async function runPretraining(given: PretrainArguments): Promise<number> {
  await checkOutputFolder('--out', given.out, { '--base': given.base });
  return lockFolder(given.out, () => beginOrResume(given));
}

async function beginOrResume(given: PretrainArguments): Promise<number> {
  const { out, resume = false, saveSteps, logSteps, ...givenSettings } = given;
  const folder = new RunFolder(out);
  const begun = await readConfig(folder);
  if (begun && !resume) {
    throw new InputError(
      `${out} already holds a pretraining run: go on with it by --resume, or choose another --out`,
    );
  }
  const settings = begun
    ? resumePretraining(givenSettings, begun.settings, out)
    : newPretraining(givenSettings, pretrainingDefaults);
  const modelFolder = folder.file('model');
  const weights = join(modelFolder, 'model.safetensors');
  if (existsSync(weights)) {
    process.stdout.write(`the run in ${out} is finished: ${modelFolder}\n`);
    return 0;
  }

  const progress = createProgress(process.stderr);
  const note = (text: string): void => progress.line(text);
  const engine = await makeEngine(settings);
  const base =
    settings.base === undefined
      ? undefined
      : await readInitialModel(await resolveBase(settings.base), settings.seed);
  if (begun) checkSame(begun, base, out);
  else await begin(folder, settings, base);
  const model = base ?? (await createInitialModel(settings, modelFolder, note));
  const texts = await openTexts(folder.file('tokens'), settings, model.tokenizer, note);
  const options = resolveOptions(settings, model, texts);
  const from = await openCheckpoint(folder.checkpoint);
  await folder.rewind(from);
  if (begun) note(from ? `going on at step ${from.step} of ${options.steps}` : 'beginning again');

  const { config, tokenizerFiles } = model;
  const parameters = handOver(model.parameters);
  const vocabulary = pretrainingVocabulary(model.tokenizer, model.config.vocabSize);
  let scores = '';
  const outcome = await followRun(
    () => pretrain({ engine, config, vocabulary, options, parameters, ...texts }, from),
    {
      command: 'pretrain',
      folder,
      progress,
      warmup: options.warmup,
      saveSteps,
      logSteps,
      evaluatesAfter: ({ step, steps }) => step === steps || step % options.evaluationSteps === 0,
      take({
        kind,
        stage,
        step,
        epoch,
        loss,
        accuracy,
        nextSentenceAccuracy,
      }: Exclude<PretrainingEvent, StepEvent>) {
        const measured = { loss, accuracy, 'next-sentence accuracy': nextSentenceAccuracy };
        folder.log({
          kind,
          stage,
          step,
          epoch,
          splits: { 'held-out': { scores: measured, main: accuracy } },
        });
        scores = formatScores('held-out', measured);
        note(`step ${step}: ${scores}`);
      },
      fail(error: unknown) {
        if (!(error instanceof DivergenceError)) note(whatIsKept(folder, 'pretrain'));
        return Promise.resolve();
      },
    },
  );
  if ('exitCode' in outcome) return outcome.exitCode;
  const head = { kind: 'pretraining' } as const;
  try {
    await writeCheckpoint(
      modelFolder,
      { config, tensors: outcome.result, heads: [head], tokenizerFiles },
      { half: settings.half },
    );
  } catch (error) {
    note(whatIsKept(folder, 'pretrain'));
    throw error;
  }
  process.stdout.write(`${scores}\nwritten: ${modelFolder}\n`);
  return 0;
}

/** What the folder says of the run that it holds; undefined for one that is new or empty. */
async function readConfig(folder: RunFolder): Promise<PretrainingConfig | undefined> {
  const path = folder.file('config.json');
  const text = await readTextIfPresent(path);
  if (text !== undefined) return parsePretrainingConfig(text, path);
  await folder.config(); // refuses a folder of other things
  return undefined;
}

async function begin(
  folder: RunFolder,
  settings: PretrainingSettings,
  base: InitialModel | undefined,
): Promise<void> {
  const config: PretrainingConfig = {
    kind: 'pretraining',
    settings,
    ...(base?.fingerprint !== undefined && { base: base.fingerprint }),
    versions: { trainer: version, node: process.version },
  };
  await mkdir(folder.path, { recursive: true });
  await writeFileAtomically(folder.file('config.json'), `${JSON.stringify(config, null, 2)}\n`);
}

/** @throws InputError if a run would go on with another program or base than it began with */
function checkSame(begun: PretrainingConfig, base: InitialModel | undefined, folder: string): void {
  const refuse = (what: string): never => {
    throw new InputError(`the run in ${folder} began with ${what}; it can only go on with the same`);
  };
  if (begun.versions.trainer !== version) refuse(`version ${begun.versions.trainer} of this program`);
  if (begun.base !== base?.fingerprint) refuse('another base (--base)');
}

/** @throws InputError for an option out of range, or a text that is too short for it */
function resolveOptions(
  settings: PretrainingSettings,
  model: InitialModel,
  { train, heldOut }: { train: TokenFile; heldOut: TokenFile },
): PretrainingOptions {
  const { epochs, steps: given, ...options } = settings;
  if (!(epochs > 0)) throw new InputError(`--epochs must be a positive number, not ${epochs}`);
  try {
    validatePretraining({ ...options, steps: given ?? 1 }, model.config);
    const vocabulary = pretrainingVocabulary(model.tokenizer, model.config.vocabSize);
    const { perEpoch } = new PretrainingBatches(train, vocabulary, options);
    if (perEpoch === 0) {
      throw new InputError(
        `the corpus, ${train.length} tokens, does not fill a batch of ${options.batchSize} rows of length ${options.length}; ` +
          'give more text, or a smaller --batch-size',
      );
    }
    new PretrainingBatches(heldOut, vocabulary, options);
    return { ...options, steps: given ?? Math.ceil(epochs * perEpoch) };
  } catch (error) {
    if (error instanceof OptionError)
      throw new InputError(error.message.replace(error.option, flagOf(error.option)));
    if (error instanceof RangeError) throw new InputError(error.message);
    throw error;
  }
}
