import {
  baseParameters,
  initializeParameters,
  parameterSize,
  type EncoderConfig,
  type Tensors,
} from '@diffprune/bert';
import { textTask, type Features } from '@diffprune/glue';
import { random } from '@diffprune/testing/random';

/** A task with two classes, for steps whose outcome does not matter. */
export const task = textTask({
  name: 'bench',
  problemType: 'single_label_classification',
  labels: ['0', '1'],
  metrics: ['accuracy'],
});

/**
 * Rows of words as frequent as in text: the word of rank r has frequency ∝ 1/r (Zipf's law), so that about as many
 * rows of the embeddings are in a batch as with text.
 *
 * @param lengths tokens of a row; the rows take them in turn
 */
export function rows(count: number, lengths: readonly number[], vocabSize: number): Features {
  const offsets = new Int32Array(count + 1);
  for (let row = 0; row < count; row++) offsets[row + 1] = offsets[row]! + lengths[row % lengths.length]!;
  const next = random(1);
  return {
    size: count,
    offsets,
    padId: 0,
    tokens: Int32Array.from({ length: offsets[count]! }, () => Math.floor(vocabSize ** next())),
    firstLengths: Int32Array.from({ length: count }, (_, row) => lengths[row % lengths.length]!),
    labels: { labels: Int32Array.from({ length: count }, (_, row) => row % 2) },
  };
}

const pattern = 65537;

/** Random base parameters. They repeat a pattern, which is as good for speed and soon made. */
export function randomBase(config: EncoderConfig): Tensors {
  const values = initializeParameters(
    [{ name: 'pattern', shape: [pattern], kind: 'layer', role: 'output', decay: true, initial: 'normal' }],
    config,
    1,
  ).get('pattern')!;
  return new Map(
    baseParameters(config).map((spec) => {
      const data = new Float32Array(parameterSize(spec));
      if (spec.initial === 'ones') data.fill(1);
      else if (spec.initial === 'normal') {
        for (let at = 0; at < data.length; at += pattern) data.set(values.subarray(0, data.length - at), at);
      }
      return [spec.name, data];
    }),
  );
}
