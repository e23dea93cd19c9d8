import type { TensorSpec } from '@diffprune/engine';
import * as tf from '@diffprune/tfjs-core';
import type { BatchShape, Distillation, RowTargets } from './head.ts';
import { headDefinition, headTitle, type Head } from './heads.ts';
import { named } from './layers.ts';
import type { Loss } from './program.ts';

/** Before the names of a teacher's outputs, where they are inputs of a training program. */
const prefix = 'teacher_';

/** What is learnt of a teacher. */
export interface DistillationWeights {
  /** α, the weight of the teacher's part of the loss, 0 to 1. */
  readonly distillation: number;
  /** T, above 0, which softens both sides' probabilities. */
  readonly temperature: number;
}

/**
 * The outputs of a teacher with the same head that {@link distilledLoss} reads, under their names with `teacher_` before
 * them, such as `teacher_logits`.
 *
 * @throws RangeError for a head that cannot be taught
 */
export function teacherInputs(head: Head, shape: BatchShape): Record<string, TensorSpec> {
  const targets = Object.entries(distillationOf(head).targets(head, shape));
  return Object.fromEntries(targets.map(([name, spec]) => [prefix + name, spec]));
}

/**
 * A loss with a teacher's soft targets beside the labels (Hinton, Vinyals & Dean 2015, section 2; Sanh, Wolf & Rush 2020,
 * section 6):
 *
 *     α·T²·KL(softmax(teacher / T) ‖ softmax(student / T)) + (1 - α)·loss
 *
 * The pruning paper says no more than that the two are combined linearly; the formula is that of its authors' code (the
 * project `movement-pruning` of Hugging Face's transformers), whose two weights, a half each unless given, are one here.
 * There the one logit of a regression, of softmax 1, teaches nothing; here its part is the squared distance between the
 * two outputs. A span's is the mean of its start's and its end's.
 */
export function distilledLoss(
  head: Head,
  loss: Loss,
  { distillation: weight, temperature }: DistillationWeights,
): Loss {
  const { targets, loss: taught } = distillationOf(head);
  const names = Object.keys(targets(head, { batch: 1, length: 1 }));
  return (outputs, inputs) => {
    const teacher = Object.fromEntries(names.map((name) => [name, named(inputs, prefix + name)]));
    const part = taught(outputs, teacher, named(inputs, 'example_weights'), temperature);
    return tf.add(tf.mul(part, weight), tf.mul(loss(outputs, inputs), 1 - weight));
  };
}

/**
 * The least that {@link distilledLoss} can have where one prediction is given to every row, or less: the least of each of
 * its parts.
 *
 * @param teacher its outputs for all rows, by their own names
 * @param constantLoss the least of the other part
 */
export function constantDistilledLoss(
  head: Head,
  teacher: RowTargets,
  constantLoss: number,
  { distillation: weight, temperature }: DistillationWeights,
): number {
  const part = distillationOf(head).constantLoss(teacher, temperature);
  return weight * part + (1 - weight) * constantLoss;
}

function distillationOf(head: Head): Distillation<Head> {
  const { distillation } = headDefinition(head);
  if (distillation === undefined) throw new RangeError(`${headTitle(head)} cannot learn from a teacher`);
  return distillation;
}
