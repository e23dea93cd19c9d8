import type { BertConfig } from '@diffprune/bert';
import { Graph, writeModel, type Value } from '@diffprune/engine/onnx';

/** Values of a parameter, by its canonical name. */
export type Parameters = (name: string) => Float32Array;

/** Rows, and tokens of each: any. */
const [batch, length] = [-1, -1];

/**
 * A BERT as an ONNX file, in the operators and the order of those that torch.onnx writes of Hugging Face's, so that ONNX
 * Runtime fuses what it would fuse there. Inputs are `input_ids`, `attention_mask` and `token_type_ids`, int64 [batch,
 * length], any of them; the output is `last_hidden_state`, [batch, length, hidden], or, with labels, `logits`, [batch,
 * labels].
 *
 * @param config of a model with the activation `gelu`
 * @param labels of a classifier on the pooled first token
 */
export function onnxBert(config: BertConfig, parameters: Parameters, labels?: number): Uint8Array {
  const { hiddenSize: hidden, numAttentionHeads: heads, layerNormEps } = config;
  const size = hidden / heads;
  const graph = new Graph();
  const states = [batch, length, hidden];
  const one = (value: number): Value => graph.uniform(value, [], 'float32');
  const node = (operator: string, inputs: Value[], shape: readonly number[], attributes = {}): Value =>
    graph.node(operator, inputs, shape, 'float32', attributes);
  const add = (x: Value, y: Value): Value => node('Add', [x, y], x.shape);
  const stored = (name: string, shape: readonly number[]): Value =>
    graph.constant(parameters(name), shape, 'float32');
  const linear = (x: Value, name: string, inner: number, outer: number): Value => {
    const weight = graph.constant(transposed(parameters(`${name}.weight`), inner), [inner, outer], 'float32');
    const product = node('MatMul', [x, weight], [...x.shape.slice(0, -1), outer]);
    return add(product, stored(`${name}.bias`, [outer]));
  };
  const layerNorm = (x: Value, name: string): Value => {
    const weights = ['weight', 'bias'].map((each) => stored(`${name}.${each}`, [hidden]));
    const attributes = { axis: -1, epsilon: { float: layerNormEps } };
    return node('LayerNormalization', [x, ...weights], x.shape, attributes);
  };
  const gelu = (x: Value): Value => {
    const erf = node('Erf', [node('Div', [x, one(Math.SQRT2)], x.shape)], x.shape);
    return node('Mul', [node('Mul', [x, add(erf, one(1))], x.shape), one(0.5)], x.shape);
  };
  const reshape = (x: Value, to: readonly number[], shape: readonly number[]): Value =>
    node('Reshape', [x, graph.integers(to)], shape); // 0 is the axis that there is
  const splitHeads = (x: Value, perm: number[]): Value =>
    graph.transpose(reshape(x, [0, 0, heads, size], [batch, length, heads, size]), perm);
  const words = (name: string): Value => graph.input(name, { shape: [batch, length], dtype: 'int64' });
  const embedded = (rows: number, table: string, ids: Value): Value => {
    return node('Gather', [stored(`bert.embeddings.${table}.weight`, [rows, hidden]), ids], states);
  };

  const ids = words('input_ids');
  const found = embedded(config.vocabSize, 'word_embeddings', ids);
  const typed = embedded(config.typeVocabSize, 'token_type_embeddings', words('token_type_ids'));
  const zero = graph.integers([0]);
  const extent = graph.node('Shape', [ids], [2], 'int64');
  const tokens = graph.node('Gather', [extent, graph.integers([1])], [1], 'int64', { axis: 0 });
  const positions = stored('bert.embeddings.position_embeddings.weight', [config.positions, hidden]);
  const placed = node('Slice', [positions, zero, tokens, zero], [length, hidden]);
  const mask = graph.node(
    'Unsqueeze',
    [words('attention_mask'), graph.integers([1, 2])],
    [batch, 1, 1, length],
    'int64',
  );
  const padding = node('Sub', [one(1), graph.cast(mask, 'float32')], mask.shape);
  const bias = node('Mul', [padding, one(-3.4028234663852886e38)], mask.shape);

  let x = layerNorm(add(add(found, typed), placed), 'bert.embeddings.LayerNorm');
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const prefix = `bert.encoder.layer.${layer}`;
    const project = (of: string): Value => linear(x, `${prefix}.attention.self.${of}`, hidden, hidden);
    const queries = splitHeads(project('query'), [0, 2, 1, 3]);
    const keys = splitHeads(project('key'), [0, 2, 3, 1]);
    const values = splitHeads(project('value'), [0, 2, 1, 3]);
    const products = node('MatMul', [queries, keys], [batch, heads, length, length]);
    const scores = node('Mul', [products, one(1 / Math.sqrt(size))], products.shape);
    const probabilities = node('Softmax', [add(scores, bias)], scores.shape, { axis: -1 });
    const mixed = graph.transpose(node('MatMul', [probabilities, values], queries.shape), [0, 2, 1, 3]);
    const joined = reshape(mixed, [0, 0, hidden], states);
    const attended = linear(joined, `${prefix}.attention.output.dense`, hidden, hidden);
    x = layerNorm(add(attended, x), `${prefix}.attention.output.LayerNorm`);
    const wide = gelu(linear(x, `${prefix}.intermediate.dense`, hidden, config.intermediateSize));
    const narrow = linear(wide, `${prefix}.output.dense`, config.intermediateSize, hidden);
    x = layerNorm(add(narrow, x), `${prefix}.output.LayerNorm`);
  }
  const nameInput = (name: string): string => name;
  if (labels === undefined) return writeModel({ last_hidden_state: x }, { nameInput }).bytes;
  const first = node('Gather', [x, graph.constant([0], [], 'int64')], [batch, hidden], { axis: 1 });
  const dense = linear(first, 'bert.pooler.dense', hidden, hidden);
  const pooled = node('Tanh', [dense], dense.shape);
  return writeModel({ logits: linear(pooled, 'classifier', hidden, labels) }, { nameInput }).bytes;
}

/** The transpose of a matrix of `columns` columns. */
function transposed(matrix: Float32Array, columns: number): Float32Array {
  const rows = matrix.length / columns;
  const out = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      out[column * rows + row] = matrix[row * columns + column]!;
  }
  return out;
}
