import * as tf from '@diffprune/tfjs-core';
import { embedStep } from '@diffprune/inference-kernels';
import { checkShapes, operation, type Operation } from './operation.ts';

export const embedOperation: Operation = {
  name: 'Embed',
  step({ shapes, out, words, table }) {
    const [[examples = 0, length = 0] = [], , [, size = 0] = []] = shapes;
    const places = {
      ...{ ids: words(0), typeIds: words(1) },
      ...{ words: table(2, 0), positions: table(3), types: table(4, 1) },
    };
    return embedStep(places, out, { rows: examples * length, size, length });
  },
};

/** Tables of embeddings. */
export interface EmbeddingTables {
  /** [vocabulary, hidden] */
  readonly words: tf.Tensor2D;
  /** [positions, hidden], at least as many as an example has tokens */
  readonly positions: tf.Tensor2D;
  /** [types, hidden] */
  readonly types: tf.Tensor2D;
}

/**
 * The sum of word, position and token type embeddings (Devlin et al. 2019, figure 2).
 *
 * @param ids int32 [examples, length]
 * @param typeIds int32 [examples, length]
 * @returns [examples·length, hidden]
 * @throws RangeError for other shapes
 */
export function embed(ids: tf.Tensor2D, typeIds: tf.Tensor2D, tables: EmbeddingTables): tf.Tensor2D {
  const [examples, length] = ids.shape;
  const { words, positions, types } = tables;
  const [typeCount, hidden] = types.shape;
  const [vocabulary] = words.shape;
  const places = Math.max(length, positions.shape[0]);
  checkShapes('embed', {
    ...{ ids: [ids, [examples, length]], typeIds: [typeIds, [examples, length]] },
    ...{ words: [words, [vocabulary, hidden]], positions: [positions, [places, hidden]] },
  });
  const call = {
    inputs: [ids, typeIds, words, positions, types],
    shape: [examples * length, hidden],
    attributes: {},
  };
  return operation(embedOperation, call, () => {
    const found = tf.gather(words, ids); // [examples, length, hidden]
    const placed = tf.slice(positions, [0, 0], [length, hidden]);
    // As a product with one-hot rows, so that its gradient is a product too rather than a scatter.
    const flat = tf.reshape(typeIds, [-1]);
    const oneHot =
      typeCount > 1
        ? tf.oneHot(flat, typeCount, 1, 0, 'float32')
        : tf.reshape(tf.sub(1, tf.cast(flat, 'float32')), [-1, 1]); // oneHot has at least two; all ids are 0
    const typed = tf.matMul(oneHot as tf.Tensor2D, types); // [examples·length, hidden]
    return tf.add(tf.reshape(tf.add(found, placed), [examples * length, hidden]), typed);
  });
}
