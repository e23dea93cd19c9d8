import { baseParameters, countParameters } from '@diffprune/bert';
import type { Prediction } from '@diffprune/glue';
import { checkTokenTypes } from '@diffprune/inference';
import type { DiffTensor } from '@diffprune/sparse-diff';
import { checkTaught } from './distillation-options.ts';
import { Lab, type LabRun, type TrainingEvent } from './lab.ts';
import { completeOptions, findMethod, validateOptions, type TrainingOptions } from './method-options.ts';
import type { MethodName } from './methods/registry.ts';
import type { Snapshot } from './snapshot.ts';
import type { EvaluationError } from './stage.ts';

/** Everything that a training run takes. */
export interface TrainingRun<
  Name extends MethodName = MethodName,
  Answer = Prediction,
> extends LabRun<Answer> {
  readonly method: Name;
  /** What is left out is the method's default, see `completeOptions`. */
  readonly options: TrainingOptions<Name>;
}

/** All steps of a run were taken, but the evaluation after the last one failed; what it says is the cause. */
export class UnevaluatedError extends Error {
  override readonly name = 'UnevaluatedError';
  constructor(
    /** What was learnt. */
    readonly diff: readonly DiffTensor[],
    override readonly cause: EvaluationError,
  ) {
    super(cause.message);
  }
}

/**
 * Trains by the method's stages and yields what happens. The run is a function of its inputs: equal runs give equal
 * bytes, and one that goes on from a snapshot ends as the one that was never stopped.
 *
 * @param from where to go on
 * @returns the diff, as `@diffprune/sparse-diff` writes it: the base's tensors that it changes, then adapters, then
 *   the head
 * @throws OptionError for an option out of range, or that the method or a run without a teacher does not have,
 *   TeacherError for a teacher's outputs that do not fit, TokenTypeError for pairs that the model has no type for, DivergenceError when the loss is not finite, UnevaluatedError with the result where only its
 *   evaluation failed, SnapshotError for one that does not belong to the run
 */
export async function* train<Name extends MethodName, Answer = Prediction>(
  run: TrainingRun<Name, Answer>,
  from?: Snapshot,
): AsyncGenerator<TrainingEvent<Answer>, DiffTensor[]> {
  validateOptions(run.method, run.options);
  checkTaught(run.options, run.teacher !== undefined);
  checkTokenTypes(run.config, run.train);
  const method = findMethod(run.method);
  const parameters = countParameters(baseParameters(run.config));
  const taught = run.teacher !== undefined;
  const size = { parameters, rows: run.train.size, task: run.task.name, taught };
  const options = completeOptions(run.method, run.options, size);
  const lab = new Lab(run, options, method.stages(options), from, method.adapters?.(options));
  try {
    // methods do not look at answers: those of the lab are the task's
    const events = method.run(lab, options) as AsyncGenerator<TrainingEvent<Answer>, DiffTensor[]>;
    const diff = yield* events;
    if (lab.evaluationError !== undefined) throw new UnevaluatedError(diff, lab.evaluationError);
    return diff;
  } finally {
    await lab.dispose();
  }
}
