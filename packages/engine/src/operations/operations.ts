import { attentionOperation } from './attention.ts';
import { embedOperation } from './embed.ts';
import { layerNormOperation } from './layer-norm.ts';
import { linearOperation } from './linear.ts';
import type { Operation } from './operation.ts';

/** By name. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  [linearOperation, layerNormOperation, attentionOperation, embedOperation].map((each) => [each.name, each]),
);
