import type { DropoutMask, EncoderConfig } from './architecture.ts';
import { architectureOf } from './architectures.ts';
import type { BatchShape, EncodedBatch, HeadFiles } from './head.ts';
import { linear, type NamedTensors } from './layers.ts';
import { linearParameters, type ParameterSpec } from './parameters.ts';
import type * as tf from '@diffprune/tfjs-core';

/** What heads have in common that score whole examples: a linear layer over the pooled first token, with dropout. */

const mask = 'dropout.classifier';

export const classNameOfExamples = 'ForSequenceClassification';

export function scoreParameters(config: EncoderConfig, outputs: number): ParameterSpec[] {
  const place = { kind: 'head', role: 'head' } as const;
  return linearParameters(place, architectureOf(config).headLayers.classifier, outputs, config.hiddenSize);
}

export function scoreMasks(config: EncoderConfig, { batch }: BatchShape): DropoutMask[] {
  const rate = config.classifierDropout;
  return rate > 0 ? [{ name: mask, shape: [batch, config.hiddenSize], rate }] : [];
}

/** → [batch, outputs] */
export function scores(
  { pool, drop }: EncodedBatch,
  parameters: NamedTensors,
  config: EncoderConfig,
): tf.Tensor2D {
  const pooled = drop(pool(), config.classifierDropout, mask);
  return linear(parameters, architectureOf(config).headLayers.classifier, pooled);
}

/** How many scores the layer in a model's files gives; 0 if there is none. */
export function scoresInFiles({ config, shape }: HeadFiles): number {
  return shape(`${architectureOf(config).headLayers.classifier}.weight`)?.[0] ?? 0;
}
