import {
  baseParameters,
  countParameters,
  createTokenizer,
  readCheckpoint,
  type Checkpoint,
  type EncoderConfig,
  type Tokenizer,
  type TokenizerFiles,
} from '@diffprune/bert';
import { fingerprintTensors } from '@diffprune/sparse-diff';
import { Predictors, type RunOptions } from './predictors.ts';
import type { LoadOptions } from './sources/load-options.ts';
import { withModel, type ModelSource } from './sources/model-source.ts';
import { fingerprintTokenizer } from './tokenizer-fingerprint.ts';

/** A pretrained model in memory, with what a diff says of the base that it is for. */
export interface PretrainedBase {
  readonly config: EncoderConfig;
  readonly tokenizer: Tokenizer;
  readonly tokenizerFiles: TokenizerFiles;
  /** θ by canonical name, a pooler where the files have one. Heads are left out: a task brings its own. */
  readonly tensors: Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
  /** `fingerprintTensors` of θ. */
  readonly fingerprint: string;
  readonly tokenizerFingerprint: string;
  /** Number of base parameters, d. */
  readonly parameters: number;
}

/** A pretrained model without its tensors. */
export type DescribedBase = Omit<PretrainedBase, 'tensors' | 'fingerprint'>;

/**
 * A pretrained model that diffs are applied to and taken off again. While a diff is applied, its tensors are θ + δ and
 * the diff's head.
 */
export interface Base extends PretrainedBase {
  readonly predictors: Predictors;
}

/**
 * Loads a base to apply diffs to from where a model is: the files of a Hugging Face folder, `config.json`, weights as
 * safetensors or PyTorch file, whole or in shards, and the tokenizer's. Nothing is compiled before the first prediction.
 *
 * @param source such as `https://example.org/models/base/`, a hub id, a page's `File`s, or
 *   `{ 'config.json': …, 'model.safetensors': …, 'tokenizer.json': … }`
 * @param options what runs it, if that is not to be chosen: a page may name `webgpu`, with ONNX Runtime Web as `runtime`
 * @throws CheckpointError, BertConfigError, FileError, SafetensorsError, PyTorchFileError or VocabularyError for what is
 *   not a BERT model; SourceError for files that cannot be had, or are not files; the reason of an aborted signal
 */
export async function loadBase(source: ModelSource, options: RunOptions & LoadOptions = {}): Promise<Base> {
  const base = await withModel(source, options, async ({ files, fingerprint }) => {
    const checkpoint = await readCheckpoint(files);
    const of = [...checkpoint.weightFiles, checkpoint.configFile];
    return pretrainedBase(checkpoint, files.folder, (tensors) =>
      fingerprint(of, () => fingerprintTensors(tensors)),
    );
  });
  return { ...base, predictors: new Predictors(options) };
}

/**
 * What a diff must know of a checkpoint, its heads apart.
 *
 * @param folder what messages call it
 * @param fingerprint of the tensors
 * @throws VocabularyError for a tokenizer that is malformed, or other than these files can tell
 */
export async function pretrainedBase(
  checkpoint: Checkpoint,
  folder: string,
  fingerprint: (tensors: PretrainedBase['tensors']) => Promise<string>,
): Promise<PretrainedBase> {
  const described = await describeBase(checkpoint, folder);
  const tensors = new Map(
    baseParameters(checkpoint.config).map(({ name, shape }) => [
      name,
      { shape, data: checkpoint.tensors.get(name)! },
    ]),
  );
  return { ...described, tensors, fingerprint: await fingerprint(tensors) };
}

/** What a diff must know of a checkpoint beside its tensors; throws as {@link pretrainedBase}. */
export async function describeBase(
  { config, tokenizerFiles }: Pick<Checkpoint, 'config' | 'tokenizerFiles'>,
  folder: string,
): Promise<DescribedBase> {
  const tokenizer = createTokenizer(tokenizerFiles, config.vocabSize, folder);
  return {
    config,
    tokenizer,
    tokenizerFiles,
    tokenizerFingerprint: await fingerprintTokenizer(tokenizer),
    parameters: countParameters(baseParameters(config)),
  };
}
