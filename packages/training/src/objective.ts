import {
  constantLoss,
  headLoss,
  labelInputs,
  type BatchShape,
  type Head,
  type Labels,
  type Loss,
} from '@diffprune/bert';
import type { TensorData, TensorSpec } from '@diffprune/engine';

/** What a stage of training minimises: a loss of the outputs that a model with a head has for a batch. */
export interface Objective {
  readonly head: Head;
  /** What the loss reads beside what the model does: the batches of the stage have values for these inputs. */
  inputs(shape: BatchShape): Record<string, TensorSpec>;
  /** A scalar, averaged over the rows of the batch. */
  readonly loss: Loss;
}

/** An objective over rows with labels. */
export interface LabelledObjective extends Objective {
  /** The least loss that the same prediction for every row can have, or a bound that it does not go below. */
  readonly constantLoss: number;
  /**
   * Values of inputs that are not among the rows' labels, where there are any.
   *
   * @param rows numbers of the batch's rows, those that pad it left out
   */
  rowInputs?(rows: readonly number[], shape: BatchShape): Readonly<Record<string, TensorData>>;
}

/** The head's own loss against the batch's labels. */
export function headObjective(head: Head): Objective {
  return { head, inputs: (shape) => labelInputs(head, shape), loss: headLoss(head) };
}

/** As {@link headObjective}. @param labels of all rows, by the names of the program's inputs */
export function labelledObjective(head: Head, labels: Labels): LabelledObjective {
  return { ...headObjective(head), constantLoss: constantLoss(head, labels) };
}
