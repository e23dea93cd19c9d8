import { readBase, type PretrainedBase } from '@diffprune/training/node';
import { Predictors, type EngineOptions } from './predictors.ts';

/**
 * A pretrained model in memory, to which diffs are applied and from which they are taken off again. While a diff is
 * applied, its tensors are θ + δ and the diff's head.
 */
export interface Base extends PretrainedBase {
  readonly predictors: Predictors;
}

/** What may be said of a base: how it is run, and what follows its download. */
export type LoadBaseOptions = EngineOptions & NonNullable<Parameters<typeof readBase>[1]>;

/**
 * Loads a base from a Hugging Face folder, or from the Hugging Face hub, whose files are kept in the usual cache; see
 * `readBase`. Nothing is compiled before the first prediction.
 *
 * @param model a folder, or a hub id such as `bert-base-uncased` or `google/bert_uncased_L-2_H-128_A-2@main`
 * @throws CheckpointError, BertConfigError, SafetensorsError, PyTorchFileError or VocabularyError for what is not a BERT
 *   model; HubError for one that cannot be had
 */
export async function loadBase(model: string, options: LoadBaseOptions = {}): Promise<Base> {
  const { onProgress, onNotice, ...engine } = options;
  const base = await readBase(model, {
    ...(onProgress && { onProgress }),
    ...(onNotice && { onNotice }),
  });
  return { ...base, predictors: new Predictors(base.config, engine) };
}
