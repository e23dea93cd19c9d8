import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  baseParameters,
  createTokenizer,
  loadCheckpoint,
  parameterSize,
  type BertConfig,
  type Tensors,
  type Tokenizer,
} from '@diffprune/bert';
import { encodeExamples, readTask, type Features, type Task } from '@diffprune/glue';
import { fingerprintTensors } from '@diffprune/sparse-diff';
import { cachedFingerprint } from '@diffprune/sparse-diff/node';
import { InputError } from './errors.ts';

/** A pretrained model, as it was read from its folder. */
export interface LoadedBase {
  readonly config: BertConfig;
  readonly tokenizer: Tokenizer;
  /** Values of the base parameters, by canonical name. */
  readonly tensors: Tensors;
  readonly fingerprint: string;
  /** Number of base parameters, d. */
  readonly parameters: number;
  /** Size of the files of its weights. */
  readonly bytes: number;
}

/**
 * Reads a Hugging Face folder. Heads that it may hold are left out: a task brings its own.
 *
 * @throws CheckpointError, BertConfigError, SafetensorsError, PyTorchFileError or VocabularyError for a folder that is not a BERT model
 */
export async function readBase(folder: string): Promise<LoadedBase> {
  const { config, tensors, tokenizerFiles, weightFiles } = await loadCheckpoint(folder);
  const tokenizer = createTokenizer(tokenizerFiles, config.vocabSize, folder);
  const specs = baseParameters(config);
  const base: Tensors = new Map(specs.map(({ name }) => [name, tensors.get(name)!]));
  const fingerprint = await cachedFingerprint([...weightFiles, join(folder, 'config.json')], () =>
    fingerprintTensors(specs.map(({ name, shape }) => [name, { shape, data: base.get(name)! }] as const)),
  );
  const parameters = specs.reduce((sum, spec) => sum + parameterSize(spec), 0);
  const sizes = await Promise.all(weightFiles.map(async (file) => (await stat(file)).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { config, tokenizer, tensors: base, fingerprint, parameters, bytes };
}

/** Encoded rows of a split, and their identifiers for the predictions. */
export interface LoadedSplit {
  readonly features: Features;
  readonly indices: readonly string[];
  /** How many lines of the file were too short and were left out (QQP has some). */
  readonly skipped: number;
}

/**
 * Reads and encodes a split of a task.
 *
 * @param maxLength longest row in tokens
 * @throws DataFileError for a file that is missing or malformed
 */
export async function readSplit(
  folder: string,
  task: Task,
  split: string,
  tokenizer: Tokenizer,
  maxLength: number,
): Promise<LoadedSplit> {
  const { examples, skippedLines } = await readTask(folder, task, split);
  const features = encodeExamples(examples, tokenizer, maxLength, task.problemType);
  return { features, indices: examples.map(({ index }) => index), skipped: skippedLines.length };
}

/** Two sentences of one word piece each, and their special tokens. */
const shortest = 5;

/** @throws InputError unless the model has positions for rows of this length, and they have room for two texts */
export function checkMaxLength(maxLength: number, { maxPositionEmbeddings }: BertConfig): void {
  if (Number.isInteger(maxLength) && maxLength >= shortest && maxLength <= maxPositionEmbeddings) return;
  throw new InputError(
    `--max-length must be a whole number from ${shortest} to ${maxPositionEmbeddings}, the positions that the base has, not ${maxLength}`,
  );
}

/** SHA-256 of encoded rows and their labels, in hexadecimal. */
export function hashFeatures({ tokens, offsets, firstLengths, labels }: Features): string {
  const hash = createHash('sha256');
  for (const array of [offsets, tokens, firstLengths, ...(labels ? [labels] : [])]) hash.update(array);
  return hash.digest('hex');
}
