import { predictsWords, type Head } from './parameters.ts';

/**
 * The rows of embedding tables that a program with this head reads for a batch, by parameter name, in no order and
 * with repetitions: the loss has no other rows' gradient. All other parameters are read whole; so are the word
 * embeddings where words are predicted, whose output weights they are.
 *
 * @param inputIds [batch, length]
 * @param length tokens of each example, padding included
 */
export function rowsRead(head: Head, inputIds: Int32Array, length: number): ReadonlyMap<string, Int32Array> {
  const rows = new Map<string, Int32Array>([
    ['bert.embeddings.position_embeddings.weight', Int32Array.from({ length }, (_, position) => position)],
  ]);
  if (!predictsWords(head)) rows.set('bert.embeddings.word_embeddings.weight', inputIds);
  return rows;
}
