import { loadCheckpoint, resolveCheckpoint, type ResolveCheckpointOptions } from '@diffprune/bert/node';
import { fingerprintTensors } from '@diffprune/sparse-diff';
import { cachedFingerprint } from '@diffprune/sparse-diff/node';
import { pretrainedBase, type Base, type PretrainedBase } from './base.ts';
import { Predictors, type RunOptions } from './predictors.ts';

/** A base, and the files that it was read from. */
export interface StoredBase extends PretrainedBase {
  /** Where it was read; for a model of the hub, a folder of the cache. */
  readonly folder: string;
  /** Size of the files of its weights. */
  readonly bytes: number;
}

/**
 * Reads a base from a Hugging Face folder, or from the Hugging Face hub, whose files are kept in the usual cache. Its
 * fingerprint is kept beside the weights, in `model.safetensors.fingerprint` or the like, until they change.
 *
 * @param model a folder, or a hub id such as `bert-base-uncased` or `google/bert_uncased_L-2_H-128_A-2@main`
 * @param options what follows a download
 * @throws CheckpointError, BertConfigError, FileError, SafetensorsError, PyTorchFileError or VocabularyError for what is
 *   not a BERT model; HubError for one that cannot be had
 */
export async function readBase(
  model: string,
  options: Pick<ResolveCheckpointOptions, 'onProgress' | 'onNotice'> = {},
): Promise<StoredBase> {
  const folder = await resolveCheckpoint(model, options);
  const checkpoint = await loadCheckpoint(folder);
  const { weightFiles, configFile } = checkpoint;
  const base = await pretrainedBase(checkpoint, folder, (tensors) =>
    cachedFingerprint([...weightFiles, configFile], () => fingerprintTensors(tensors)),
  );
  return { ...base, folder, bytes: weightFiles.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** What may be said of a base: how it is run, and what follows its download. */
export type LoadBaseOptions = RunOptions & NonNullable<Parameters<typeof readBase>[1]>;

/**
 * Loads a base to apply diffs to: as `readBase` reads it, with what runs it. Nothing is compiled before the first
 * prediction.
 *
 * @throws what `readBase` throws
 */
export async function loadBase(model: string, options: LoadBaseOptions = {}): Promise<Base & StoredBase> {
  const { onProgress, onNotice, ...engine } = options;
  const base = await readBase(model, {
    ...(onProgress && { onProgress }),
    ...(onNotice && { onNotice }),
  });
  return { ...base, predictors: new Predictors(engine) };
}
