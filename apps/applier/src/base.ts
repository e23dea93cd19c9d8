import {
  baseParameters,
  createTokenizer,
  loadCheckpoint,
  type BertConfig,
  type Tokenizer,
  type TokenizerFiles,
} from '@diffprune/bert';
import { resolveCheckpoint, type ResolveCheckpointOptions } from '@diffprune/bert/node';
import { fingerprintTensors } from '@diffprune/sparse-diff';
import { cachedFingerprint } from '@diffprune/sparse-diff/node';
import { fingerprintTokenizer } from '@diffprune/training';
import { Predictors, type EngineOptions } from './predictors.ts';

/** A pretrained model in memory, to which diffs are applied and from which they are taken off again. */
export interface Base {
  readonly config: BertConfig;
  readonly tokenizer: Tokenizer;
  readonly tokenizerFiles: TokenizerFiles;
  /** θ by canonical name; while a diff is applied, θ + δ and the diff's head. */
  readonly tensors: Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
  /** What a diff must name to be applied to this base. */
  readonly fingerprint: string;
  /** What a diff names if it was trained with this tokenizer. */
  readonly tokenizerFingerprint: string;
  readonly predictors: Predictors;
}

/** What may be said of a base: how it is run, and what follows its download. */
export type LoadBaseOptions = EngineOptions & Pick<ResolveCheckpointOptions, 'onProgress' | 'onNotice'>;

/**
 * Loads a base from a Hugging Face folder, or from the Hugging Face hub, whose files are kept in the usual cache. Its
 * fingerprint is kept beside the weights, in `model.safetensors.fingerprint` or the like, so that it is computed only
 * once. Nothing is compiled before the first prediction.
 *
 * @param model a folder, or a hub id such as `bert-base-uncased` or `google/bert_uncased_L-2_H-128_A-2@main`
 * @throws CheckpointError, BertConfigError, SafetensorsError, PyTorchFileError or VocabularyError for what is not a BERT
 *   model; HubError for one that cannot be had
 */
export async function loadBase(model: string, options: LoadBaseOptions = {}): Promise<Base> {
  const { onProgress, onNotice, ...engine } = options;
  const folder = await resolveCheckpoint(model, {
    ...(onProgress && { onProgress }),
    ...(onNotice && { onNotice }),
  });
  const { config, tensors: values, tokenizerFiles, weightFiles } = await loadCheckpoint(folder);
  const tokenizer = createTokenizer(tokenizerFiles, config.vocabSize, folder);
  const tensors: Base['tensors'] = new Map(
    baseParameters(config).map(({ name, shape }) => [name, { shape, data: values.get(name)! }]),
  );
  const fingerprint = await cachedFingerprint([...weightFiles, `${folder}/config.json`], () =>
    fingerprintTensors(tensors),
  );
  return {
    ...{ config, tokenizer, tokenizerFiles, tensors, fingerprint },
    tokenizerFingerprint: await fingerprintTokenizer(tokenizer),
    predictors: new Predictors(config, engine),
  };
}
