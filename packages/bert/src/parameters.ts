import type { BertConfig } from './config.ts';

/** Which part of the model a parameter belongs to. */
export type ParameterKind = 'embeddings' | 'layer' | 'pooler' | 'head';

/** One parameter, under its Hugging Face name and in its Hugging Face layout (Linear weights are [out, in]). */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: ParameterKind;
  /** Index of the encoder layer, for kind `layer`. */
  readonly layer?: number;
  /** Whether AdamW's weight decay applies: not to biases, not to LayerNorm (Devlin et al. 2019, reference code). */
  readonly decay: boolean;
}

/** A task's output layer. */
export type Head =
  | { readonly kind: 'classification'; /** Number of classes, at least 2. */ readonly labels: number }
  | { readonly kind: 'regression' }
  | { readonly kind: 'span' }
  | { readonly kind: 'masked-lm' }
  /** A masked LM that also tells whether two segments belong together. */
  | { readonly kind: 'pretraining' };

/** Flat values of each parameter, by canonical name. */
export type Tensors = Map<string, Float32Array>;

type Group = Pick<ParameterSpec, 'kind' | 'layer'>;

function linear(group: Group, name: string, outputs: number, inputs: number): ParameterSpec[] {
  return [
    { ...group, name: `${name}.weight`, shape: [outputs, inputs], decay: true },
    { ...group, name: `${name}.bias`, shape: [outputs], decay: false },
  ];
}

function layerNorm(group: Group, name: string, size: number): ParameterSpec[] {
  return [
    { ...group, name: `${name}.LayerNorm.weight`, shape: [size], decay: false },
    { ...group, name: `${name}.LayerNorm.bias`, shape: [size], decay: false },
  ];
}

const poolerName = 'bert.pooler.dense';

/** The parameters of the shared base: embeddings, encoder layers and, if it has one, pooler, in Hugging Face's order. */
export function baseParameters(config: BertConfig): ParameterSpec[] {
  const { hiddenSize: hidden, intermediateSize: intermediate } = config;
  const embeddings: Group = { kind: 'embeddings' };
  const embedding = (name: string, rows: number): ParameterSpec => {
    return { ...embeddings, name: `bert.embeddings.${name}.weight`, shape: [rows, hidden], decay: true };
  };
  const layers = Array.from({ length: config.numHiddenLayers }, (_, layer) => {
    const group: Group = { kind: 'layer', layer };
    const prefix = `bert.encoder.layer.${layer}`;
    return [
      ...linear(group, `${prefix}.attention.self.query`, hidden, hidden),
      ...linear(group, `${prefix}.attention.self.key`, hidden, hidden),
      ...linear(group, `${prefix}.attention.self.value`, hidden, hidden),
      ...linear(group, `${prefix}.attention.output.dense`, hidden, hidden),
      ...layerNorm(group, `${prefix}.attention.output`, hidden),
      ...linear(group, `${prefix}.intermediate.dense`, intermediate, hidden),
      ...linear(group, `${prefix}.output.dense`, hidden, intermediate),
      ...layerNorm(group, `${prefix}.output`, hidden),
    ];
  });
  return [
    embedding('word_embeddings', config.vocabSize),
    embedding('position_embeddings', config.maxPositionEmbeddings),
    embedding('token_type_embeddings', config.typeVocabSize),
    ...layerNorm(embeddings, 'bert.embeddings', hidden),
    ...layers.flat(),
    ...(config.pooler ? linear({ kind: 'pooler' }, poolerName, hidden, hidden) : []),
  ];
}

/**
 * The parameters of a head, with a pooler where it reads one and the base has none. The masked-LM head's output weights
 * are the word embeddings (tied), so that only its transform and output bias are its own.
 *
 * @throws RangeError for a classification head with fewer than 2 labels
 */
export function headParameters(config: BertConfig, head: Head): ParameterSpec[] {
  const { hiddenSize: hidden } = config;
  const group: Group = { kind: 'head' };
  const pooler = config.pooler || !readsPooler(head) ? [] : linear(group, poolerName, hidden, hidden);
  switch (head.kind) {
    case 'classification':
      if (!Number.isSafeInteger(head.labels) || head.labels < 2) {
        throw new RangeError(`a classification head needs at least 2 labels, not ${head.labels}`);
      }
      return [...pooler, ...linear(group, 'classifier', head.labels, hidden)];
    case 'regression':
      return [...pooler, ...linear(group, 'classifier', 1, hidden)];
    case 'span':
      return linear(group, 'qa_outputs', 2, hidden);
    case 'masked-lm':
      return [
        { ...group, name: 'cls.predictions.bias', shape: [config.vocabSize], decay: false },
        ...linear(group, 'cls.predictions.transform.dense', hidden, hidden),
        ...layerNorm(group, 'cls.predictions.transform', hidden),
      ];
    case 'pretraining':
      return [
        ...pooler,
        ...headParameters(config, { kind: 'masked-lm' }),
        ...linear(group, 'cls.seq_relationship', 2, hidden),
      ];
  }
}

/** Whether a head scores whole examples and so reads nothing but the pooled first token. */
export function scoresExamples(head: Head): boolean {
  return head.kind === 'classification' || head.kind === 'regression';
}

/** Whether a head predicts words at masked positions. */
export function predictsWords(head: Head): boolean {
  return head.kind === 'masked-lm' || head.kind === 'pretraining';
}

/** Whether a head reads the pooled first token. */
function readsPooler(head: Head): boolean {
  return scoresExamples(head) || head.kind === 'pretraining';
}

/**
 * The parameters that a program with this head reads: all of the base, without the pooler where the head does not
 * use it, then the head's own.
 */
export function programParameters(config: BertConfig, head: Head): ParameterSpec[] {
  const base = baseParameters(config).filter(({ kind }) => kind !== 'pooler' || readsPooler(head));
  return [...base, ...headParameters(config, head)];
}

/** Number of values of a parameter. */
export function parameterSize(spec: Pick<ParameterSpec, 'shape'>): number {
  return spec.shape.reduce((product, size) => product * size, 1);
}
