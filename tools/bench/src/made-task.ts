import type { Base } from '@diffprune/inference/node';
import { createManifest, encodeDiff } from '@diffprune/sparse-diff';
import { random } from '@diffprune/testing/random';
import { randomDiff } from './random-diff.ts';

/** The labels of made tasks. */
export const labels = ['a', 'b', 'c'];

/**
 * The file of a task of random changes and a random head.
 *
 * @param deviation of the changes
 */
export function makeTask(base: Base, seed: number, deviation: number): Uint8Array {
  const shapes = Array.from(base.tensors, ([name, { shape }]) => ({ name, shape }));
  const next = random(seed);
  const whole = { operation: 'replace-dense', positions: new Uint32Array() } as const;
  const size = base.config.hiddenSize;
  const weight = Float32Array.from({ length: labels.length * size }, () => next() - 0.5);
  return encodeDiff({
    manifest: createManifest({
      base: { fingerprint: base.fingerprint },
      task: 'made',
      head: 'classification',
      labels,
    }),
    tensors: [
      ...randomDiff(shapes, seed, deviation),
      { ...whole, name: 'classifier.weight', shape: [labels.length, size], values: weight },
      { ...whole, name: 'classifier.bias', shape: [labels.length], values: new Float32Array(labels.length) },
    ],
  }).bytes;
}
