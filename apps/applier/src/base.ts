import {
  baseParameters,
  createTokenizer,
  loadCheckpoint,
  type BertConfig,
  type Tokenizer,
  type TokenizerFiles,
} from '@diffprune/bert';
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

/**
 * Loads a base from a Hugging Face folder. Its fingerprint is kept beside the weights, in
 * `model.safetensors.fingerprint`, so that it is computed only once. Nothing is compiled before the first prediction.
 *
 * @throws CheckpointError, BertConfigError, SafetensorsError or VocabularyError for a folder that is not a BERT model
 */
export async function loadBase(folder: string, options: EngineOptions = {}): Promise<Base> {
  const { config, tensors: values, tokenizerFiles } = await loadCheckpoint(folder);
  const tokenizer = createTokenizer(tokenizerFiles, config.vocabSize, folder);
  const tensors: Base['tensors'] = new Map(
    baseParameters(config).map(({ name, shape }) => [name, { shape, data: values.get(name)! }]),
  );
  const weights = `${folder}/model.safetensors`;
  const fingerprint = await cachedFingerprint([weights, `${folder}/config.json`], () =>
    fingerprintTensors(tensors),
  );
  return {
    ...{ config, tokenizer, tokenizerFiles, tensors, fingerprint },
    tokenizerFingerprint: await fingerprintTokenizer(tokenizer),
    predictors: new Predictors(config, options),
  };
}
