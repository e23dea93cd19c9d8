/** Which part of the model a parameter belongs to. */
export type ParameterKind = 'embeddings' | 'layer' | 'pooler' | 'adapter' | 'head';

/** What a parameter does, whatever an architecture calls it. */
export type ParameterRole =
  | 'word-embeddings'
  | 'position-embeddings'
  | 'token-type-embeddings'
  | 'query'
  | 'key'
  | 'value'
  | 'attention-output'
  | 'intermediate'
  | 'output'
  | 'layer-norm'
  | 'pooler'
  | 'adapter'
  | 'head';

/** One parameter, under its Hugging Face name and in its Hugging Face layout (Linear weights are [out, in]). */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: ParameterKind;
  readonly role: ParameterRole;
  /** Index of the encoder layer, for kinds `layer` and `adapter`. */
  readonly layer?: number;
  /** Whether AdamW's weight decay applies: not to biases, not to LayerNorm (Devlin et al. 2019, reference code). */
  readonly decay: boolean;
  /** How its values begin: normally distributed, or all alike. */
  readonly initial: 'normal' | 'zeros' | 'ones';
}

/** Flat values of each parameter, by canonical name. */
export type Tensors = Map<string, Float32Array>;

/** Where parameters are, and what they do. */
export type ParameterPlace = Pick<ParameterSpec, 'kind' | 'role' | 'layer'>;

/** The table of an embedding, [rows, size]. */
export function embeddingParameter(
  place: ParameterPlace,
  name: string,
  rows: number,
  size: number,
): ParameterSpec {
  return { ...place, name: `${name}.weight`, shape: [rows, size], decay: true, initial: 'normal' };
}

/** Weight [outputs, inputs] and bias [outputs] of a linear layer. */
export function linearParameters(
  place: ParameterPlace,
  name: string,
  outputs: number,
  inputs: number,
): ParameterSpec[] {
  return [
    { ...place, name: `${name}.weight`, shape: [outputs, inputs], decay: true, initial: 'normal' },
    { ...place, name: `${name}.bias`, shape: [outputs], decay: false, initial: 'zeros' },
  ];
}

/** Weight and bias of a layer normalisation, [size] each. */
export function layerNormParameters(
  place: Omit<ParameterPlace, 'role'>,
  name: string,
  size: number,
): ParameterSpec[] {
  return [
    { ...place, role: 'layer-norm', name: `${name}.weight`, shape: [size], decay: false, initial: 'ones' },
    { ...place, role: 'layer-norm', name: `${name}.bias`, shape: [size], decay: false, initial: 'zeros' },
  ];
}

/** Number of values of a parameter. */
export function parameterSize(spec: Pick<ParameterSpec, 'shape'>): number {
  return spec.shape.reduce((product, size) => product * size, 1);
}

/** Number of values of all these parameters. */
export function countParameters(specs: readonly Pick<ParameterSpec, 'shape'>[]): number {
  return specs.reduce((sum, spec) => sum + parameterSize(spec), 0);
}
