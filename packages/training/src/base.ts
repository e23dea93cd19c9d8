import {
  baseParameters,
  createTokenizer,
  loadCheckpoint,
  parameterSize,
  type BertConfig,
  type Tokenizer,
  type TokenizerFiles,
} from '@diffprune/bert';
import { resolveCheckpoint, type ResolveCheckpointOptions } from '@diffprune/bert/node';
import { fingerprintTensors } from '@diffprune/sparse-diff';
import { cachedFingerprint } from '@diffprune/sparse-diff/node';
import { fingerprintTokenizer } from './tokenizer-fingerprint.ts';

/** A pretrained model in memory, with what a diff says of the base that it is for. */
export interface PretrainedBase {
  /** Where it was read; for a model of the hub, a folder of the cache. */
  readonly folder: string;
  readonly config: BertConfig;
  readonly tokenizer: Tokenizer;
  readonly tokenizerFiles: TokenizerFiles;
  /** θ by canonical name, a pooler where the files have one. Heads are left out: a task brings its own. */
  readonly tensors: Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
  /** `fingerprintTensors` of θ. */
  readonly fingerprint: string;
  readonly tokenizerFingerprint: string;
  /** Number of base parameters, d. */
  readonly parameters: number;
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
): Promise<PretrainedBase> {
  const folder = await resolveCheckpoint(model, options);
  const checkpoint = await loadCheckpoint(folder);
  const { config, tensors: values, tokenizerFiles, weightFiles, configFile } = checkpoint;
  const tokenizer = createTokenizer(tokenizerFiles, config.vocabSize, folder);
  const specs = baseParameters(config);
  const tensors: PretrainedBase['tensors'] = new Map(
    specs.map(({ name, shape }) => [name, { shape, data: values.get(name)! }]),
  );
  const fingerprint = await cachedFingerprint([...weightFiles, configFile], () =>
    fingerprintTensors(tensors),
  );
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  return {
    ...{ folder, config, tokenizer, tokenizerFiles, tensors, fingerprint },
    tokenizerFingerprint: await fingerprintTokenizer(tokenizer),
    parameters: sum(specs.map(parameterSize)),
    bytes: sum(weightFiles.map(({ bytes }) => bytes)),
  };
}
