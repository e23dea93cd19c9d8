import { adapters } from './adapters.ts';
import { diffPruning } from './diff-pruning.ts';
import { full } from './full.ts';
import { l0Close } from './l0-close.ts';
import { l0Pruning } from './l0-pruning.ts';
import { lastLayer } from './last-layer.ts';
import { magnitudePruning } from './magnitude-pruning.ts';
import { movementPruning } from './movement-pruning.ts';
import { nonAdaptiveDiffPruning } from './non-adaptive-diff-pruning.ts';
import { softMovementPruning } from './soft-movement-pruning.ts';
import { structuredDiffPruning } from './structured-diff-pruning.ts';
import { supermask } from './supermask.ts';

/** The methods by name, the one that is meant where none is named first. */
export const methods = {
  'structured-diff-pruning': structuredDiffPruning,
  'diff-pruning': diffPruning,
  'non-adaptive-diff-pruning': nonAdaptiveDiffPruning,
  full,
  'last-layer': lastLayer,
  'l0-close': l0Close,
  supermask,
  'magnitude-pruning': magnitudePruning,
  'movement-pruning': movementPruning,
  'soft-movement-pruning': softMovementPruning,
  'l0-pruning': l0Pruning,
  adapters,
} as const;

export type MethodName = keyof typeof methods;

/** In the registry's order. */
export const methodNames = Object.keys(methods) as MethodName[];

export const [defaultMethod] = methodNames as [MethodName];
