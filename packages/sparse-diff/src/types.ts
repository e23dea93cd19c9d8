/** What a tensor of a diff does to the base's tensor x of the same name, p its positions and v its values. */
export type Operation =
  /** x[p] = fround(x[p] + v) */
  | 'add'
  /** x[p] = v */
  | 'set'
  /** x[p] = 0 */
  | 'zero'
  /** x = 0, then x[p] = v */
  | 'replace-sparse'
  /** x = v; the base need not have x */
  | 'replace-dense';

/** The change of one tensor. */
export interface DiffTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly operation: Operation;
  /** Flat row-major indices, strictly ascending; empty for `replace-dense`. */
  readonly positions: Uint32Array;
  /** One value for each position, every element for `replace-dense`, empty for `zero`. */
  readonly values: Float32Array;
  /** Fields that a later minor version wrote here, as they stood. */
  readonly unknown?: readonly Uint8Array[] | undefined;
}

export type Properties = Readonly<Record<string, number | string | boolean>>;

/** What a diff belongs to and where it comes from. Holds no clock time: equal runs give equal bytes. */
export interface Manifest {
  readonly base: {
    /** As `fingerprintTensors` gives it. */
    readonly fingerprint: string;
    /** Number of parameters of the base, d. */
    readonly parameters: number;
    /** Hints for whoever looks for the base, such as `hidden_size`. */
    readonly architecture: Properties;
  };
  readonly task: string;
  /** In the order of the head's outputs. */
  readonly labels: readonly string[];
  /** Type of the task's output layer, such as `classification`. */
  readonly head: string;
  readonly method: string;
  /** Fraction of the base's parameters that the diff changes, 0 to 1; what it prunes (`replace-sparse`) does not count. */
  readonly density: number;
  /** Fingerprint of the tokenizer. */
  readonly tokenizer: string;
  readonly metrics: Properties;
  readonly hyperparameters: Properties;
  /** Name and version of each program that had a part in it. */
  readonly producers: Properties;
  readonly annotations: Properties;
  /** Texts in each input of the task: 1, or 2 for pairs; 0 where it is not known. */
  readonly texts: 0 | 1 | 2;
  /** What the model has in its layers beside the base's parameters; the diff brings these tensors whole. */
  readonly adapters?: Adapters | undefined;
  /** Fields that a later minor version wrote here, as they stood. */
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** Layers that are put into each layer of the base, as the manifest tells of them. */
export interface Adapters {
  /** Where they stand and what they compute: `houlsby`, see the format. */
  readonly kind: string;
  /** Size of what is between an adapter's two projections. */
  readonly bottleneck: number;
  /** The function there, by the name that Hugging Face's `hidden_act` has for it. */
  readonly nonLinearity: string;
}

export interface SparseDiff {
  readonly manifest: Manifest;
  readonly tensors: readonly DiffTensor[];
  /** Fields that a later minor version wrote after the tensors, as they stood. */
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** How values are stored: exactly (`fp32`), rounded, or as small integers with scales. */
export type ValueCoding = 'fp32' | 'fp16' | 'bf16' | 'int8' | 'int4' | 'sign';

/**
 * How values lie in a file: in the coding that was asked for, or, where `fp16` would lose more by its range than by its
 * precision, as `scaledFp16`, fp16 numbers with a scale.
 */
export type StoredCoding = ValueCoding | 'scaledFp16';

/** A base's tensor: fp32, or the bits of fp16 or bf16 numbers. */
export type BaseTensor =
  | { readonly shape: readonly number[]; readonly data: Float32Array }
  | {
      readonly shape: readonly number[];
      readonly data: Uint16Array;
      readonly dtype: 'float16' | 'bfloat16';
    };

/** A base by canonical parameter names. Heads are added to it and taken away. */
export type Base = Map<string, BaseTensor>;
