import type { ParameterRole, ParameterSpec } from '@diffprune/bert';
import type { DiffTensor } from '@diffprune/sparse-diff';
import type { Lab } from './lab.ts';
import type { Learner } from './learner.ts';
import { DenseParameters } from './learners/dense-parameters.ts';
import type { TrainedParameter } from './parameter-memory.ts';

const prunedRoles: ReadonlySet<ParameterRole> = new Set([
  ...(['query', 'key', 'value', 'attention-output', 'intermediate', 'output'] as const),
]);

/** Whether a parameter is one of the weight matrices that pruning masks: those of the encoder's linear layers. */
export function isPruned({ role, shape }: Pick<ParameterSpec, 'role' | 'shape'>): boolean {
  return prunedRoles.has(role) && shape.length === 2;
}

/** A learner of weights of which many are 0 in the end. */
export interface PruningLearner extends Learner {
  /** The weights that are left; all others are 0. */
  diff(): DiffTensor[];
}

/** What a pruning method trains. */
export interface PrunedModel {
  /** The masked matrices. */
  readonly masked: readonly TrainedParameter[];
  /** n, their weights. */
  readonly weights: number;
  /** What is trained beside them, whole: biases, LayerNorm, the pooler; then the head. Embeddings are frozen. */
  readonly whole: readonly DenseParameters[];
  /** The diff, in the model's order. @param masked what became of the masked matrices */
  diff(masked: readonly DiffTensor[]): DiffTensor[];
}

/**
 * Lays the model out for pruning (Sanh et al. 2020, section 5).
 *
 * @param arrays how many arrays a masked matrix takes beside its weights
 */
export async function loadPruned(lab: Lab, arrays: number): Promise<PrunedModel> {
  const { trained, head } = await lab.load((spec) => {
    if (spec.kind === 'embeddings') return 0;
    return isPruned(spec) ? arrays : DenseParameters.arrays;
  });
  const masked = trained.filter(({ spec }) => isPruned(spec));
  const dense = new DenseParameters(trained.filter(({ spec }) => !isPruned(spec)));
  return {
    masked,
    weights: masked.reduce((sum, { size }) => sum + size, 0),
    whole: [dense, head],
    diff(pruned) {
      const byName = new Map([...pruned, ...dense.diff()].map((tensor) => [tensor.name, tensor]));
      return [...trained.map(({ spec }) => byName.get(spec.name)!), ...head.diff()];
    },
  };
}
