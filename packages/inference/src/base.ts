import type { EncoderConfig, Tokenizer, TokenizerFiles } from '@diffprune/bert';
import type { Predictors } from './predictors.ts';

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

/**
 * A pretrained model that diffs are applied to and taken off again. While a diff is applied, its tensors are θ + δ and
 * the diff's head.
 */
export interface Base extends PretrainedBase {
  readonly predictors: Predictors;
}
