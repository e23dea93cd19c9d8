import type * as tf from '@diffprune/tfjs-core';
import type { Adapters } from './adapters.ts';
import type { FixedSettings } from './config-fields.ts';
import type { HiddenActivation, NamedTensors } from './layers.ts';
import type { ParameterSpec } from './parameters.ts';

/** What an encoder of any architecture has. */
export interface EncoderConfig {
  /** Its architecture: `model_type` in Hugging Face's `config.json`. */
  readonly modelType: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  /** Tokens of the longest input, special ones included. */
  readonly positions: number;
  /** Token types, by which it tells the texts of a pair apart; 1 where it cannot. */
  readonly typeVocabSize: number;
  readonly hiddenAct: HiddenActivation;
  readonly layerNormEps: number;
  /** Dropout rate of the vector that a head which scores whole examples reads, in [0, 1); 0 means none. */
  readonly classifierDropout: number;
  /** Standard deviation of freshly initialised weights. */
  readonly initializerRange: number;
  /**
   * Whether the pooler is part of the base. It is not where the files hold none, as those of a masked LM or a
   * question-answering model; a head that scores whole examples then has one of its own.
   */
  readonly pooler: boolean;
  /** Adapters in its layers, which are no part of the base: a task may bring them, as it brings a head. */
  readonly adapters?: Adapters | undefined;
}

/** A dropout mask: a float32 program input whose entries are 0 (with probability `rate`) or 1/(1 - rate). */
export interface DropoutMask {
  readonly name: string;
  readonly shape: readonly number[];
  readonly rate: number;
}

/** Which tokens' vectors an encoder returns: all, or those of the first tokens, [CLS], alone. */
export type EncodedTokens = 'all' | 'first';

/** A half of an encoder layer. */
export type SubLayer = 'attention' | 'feed-forward';

/**
 * Changes what a sub-layer of an encoder layer gives, [rows, hidden], before the residual connection adds its input: the
 * place of an adapter (Houlsby et al. 2019, section 2.1).
 */
export type SubLayerHook = (hidden: tf.Tensor2D, layer: number, site: SubLayer) => tf.Tensor2D;

/** How an encoder runs. */
export interface EncodeOptions {
  /** Dropout masks by name (see `dropoutMasks`); without them nothing is dropped. */
  readonly masks?: NamedTensors | undefined;
  /**
   * Which tokens' vectors to return. With `first` the last layer computes only what those tokens need: the same numbers,
   * for much less work in a shallow model.
   */
  readonly tokens?: EncodedTokens;
  readonly hook?: SubLayerHook | undefined;
}

/** What Hugging Face calls the layers of heads over an encoder. */
export interface HeadLayerNames {
  /** The linear layer of a classification or regression. */
  readonly classifier: string;
  readonly span: string;
  readonly maskedLm: { readonly dense: string; readonly norm: string; readonly bias: string };
  readonly nextSentence: string;
}

/** An encoder like BERT's: everything that differs from one `model_type` to the next. */
export interface Architecture<Config extends EncoderConfig = EncoderConfig> {
  readonly modelType: string;
  /** What the names of a base's parameters begin with; files may leave it out. */
  readonly prefix: string;
  /** Older names of parameters: what their ends were, and what they are now. */
  readonly renamedEndings: Readonly<Record<string, string>>;
  /** What the names of Hugging Face's classes begin with: `Bert` of `BertForMaskedLM`. */
  readonly className: string;
  readonly headLayers: HeadLayerNames;
  /** Keys of `config.json` that change what the model computes, with the only value that is implemented. */
  readonly fixedSettings: FixedSettings;
  /** Keys of `config.json` that matter in training alone. */
  readonly trainingSettings: ReadonlySet<string>;

  /**
   * @param json a parsed `config.json`
   * @param source what to call it in messages, usually its path
   * @throws BertConfigError for what is malformed, or not implemented
   */
  parseConfig(json: unknown, source?: string): Config;
  /** The keys and values of `config.json`, but for `model_type`. */
  serializeConfig(config: Config): Record<string, unknown>;
  /** The same model without any dropout in the encoder. */
  withoutDropout(config: Config): Config;

  /** The parameters of embeddings and layers, in Hugging Face's order. */
  encoderParameters(config: Config): ParameterSpec[];
  poolerParameters(config: Config): ParameterSpec[];
  /** What Hugging Face calls the module whose last linear layer gives what a {@link SubLayerHook} changes. */
  subLayerModule(layer: number, site: SubLayer): string;
  /** The encoder's dropout masks for a batch, in the order in which they are applied; none for a rate of 0. */
  dropoutMasks(
    config: Config,
    shape: { readonly batch: number; readonly length: number },
    tokens: EncodedTokens,
  ): DropoutMask[];
  /**
   * @param parameters tensors under their Hugging Face names
   * @param batch `input_ids`, `token_type_ids` and `attention_mask` (1 for tokens, 0 for padding), int32 [batch, length]
   * @returns the last hidden states, [batch, length, hidden]; with `tokens: 'first'` [batch, 1, hidden]
   */
  encode(parameters: NamedTensors, batch: NamedTensors, config: Config, options?: EncodeOptions): tf.Tensor3D;
  /** The vector of a whole example, from its first token's: [batch, rows, hidden] → [batch, hidden]. */
  pool(parameters: NamedTensors, states: tf.Tensor3D): tf.Tensor2D;
  /**
   * The rows of embedding tables that a batch reads, by parameter name, in no order and with repetitions; tables that are
   * not named are read whole.
   *
   * @param inputIds [batch, length]
   * @param tied whether the word embeddings are a head's output weights, so that all of their rows are read
   */
  rowsRead(inputIds: Int32Array, length: number, tied: boolean): ReadonlyMap<string, Int32Array>;
}
