import type { BertConfig } from '@diffprune/bert';

/** `count` products of `batch` matrices [m, k] with as many matrices [k, n]. */
export interface MatrixProducts {
  readonly count: number;
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/**
 * The matrix products of forward and backward of BERT with a classifier on the first token, of whose last layer
 * only what the first token needs is computed: for each weight matrix the product itself, the gradient of its input
 * and its own; for each head of attention two, and two gradients of each.
 */
export function matrixProducts(config: BertConfig, batch: number, length: number): MatrixProducts[] {
  const { hiddenSize: hidden, intermediateSize: wide, numAttentionHeads: heads, numHiddenLayers } = config;
  const products = new Map<string, MatrixProducts>();
  const add = (count: number, of: number, m: number, k: number, n: number): void => {
    const key = `${of} ${m} ${k} ${n}`;
    products.set(key, { count: count + (products.get(key)?.count ?? 0), batch: of, m, k, n });
  };
  const linear = (count: number, rows: number, inputs: number, outputs: number): void => {
    add(count, 1, rows, inputs, outputs);
    add(count, 1, rows, outputs, inputs);
    add(count, 1, outputs, rows, inputs);
  };
  const tokens = batch * length;
  const size = hidden / heads;
  for (let layer = 0; layer < numHiddenLayers; layer++) {
    const queries = layer === numHiddenLayers - 1 ? 1 : length;
    linear(2, tokens, hidden, hidden); // keys and values
    linear(2, batch * queries, hidden, hidden); // queries, and the output of attention
    linear(1, batch * queries, hidden, wide);
    linear(1, batch * queries, wide, hidden);
    add(2, batch * heads, queries, size, length); // scores; gradient of probabilities
    add(2, batch * heads, queries, length, size); // context; gradient of queries
    add(2, batch * heads, length, queries, size); // gradients of keys and of values
  }
  linear(1, batch, hidden, hidden); // the pooler
  return [...products.values()];
}

/** Multiplications and additions, counted as two operations. */
export function operations(products: readonly MatrixProducts[]): number {
  return products.reduce((sum, { count, batch, m, k, n }) => sum + 2 * count * batch * m * k * n, 0);
}
