import {
  constantDistilledLoss,
  distilledLoss,
  scoresExamples,
  teacherInputs,
  type BatchShape,
  type DistillationWeights,
} from '@diffprune/bert';
import type { TensorSpec } from '@diffprune/engine';
import type { RowOutputs } from '@diffprune/glue';
import type { LabelledObjective } from './objective.ts';

/** A teacher's outputs that do not fit the run that they are to teach. */
export class TeacherError extends Error {
  override readonly name = 'TeacherError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
}

/** What a run learns of its teacher. */
export interface Teaching extends DistillationWeights {
  /** What the teacher's model, without dropout, gives for each of the rows to train on; see `Predictor.outputs`. */
  readonly outputs: RowOutputs;
}

/** The score of a token that a teacher's row does not have: no probability. */
const none = -1e4;

/**
 * An objective with what a teacher says of the same rows beside their labels; see `distilledLoss`.
 *
 * @param size rows to train on
 * @throws TeacherError for outputs that are not those of such a head for as many rows, or no numbers
 */
export function distilledObjective(
  objective: LabelledObjective,
  { outputs, ...weights }: Teaching,
  size: number,
): LabelledObjective {
  const { head } = objective;
  const given = new Map(Object.entries(outputs).map(([name, rows]) => [`teacher_${name}`, rows]));
  const wanted = teacherInputs(head, { batch: 1, length: 1 });
  if (Object.keys(wanted).join() !== [...given.keys()].join()) {
    const [is, should] = [[...given.keys()], Object.keys(wanted)].map((names) => names.join(', '));
    throw new TeacherError(`the teacher gives ${is || 'nothing'}, expected ${should}`);
  }
  for (const [name, rows] of given) {
    const width = scoresExamples(head) ? sizeOf(wanted[name]!) : undefined;
    checkRows(name, rows, size, width);
  }
  return {
    ...objective,
    constantLoss: constantDistilledLoss(head, outputs, objective.constantLoss, weights),
    loss: distilledLoss(head, objective.loss, weights),
    inputs: (shape) => ({ ...objective.inputs(shape), ...teacherInputs(head, shape) }),
    rowInputs(rows, shape) {
      const values = Object.entries(teacherInputs(head, shape)).map(([name, spec]) => {
        return [name, gather(given.get(name)!, rows, spec, shape)] as const;
      });
      return Object.fromEntries(values);
    },
  };
}

function sizeOf({ shape }: TensorSpec): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A batch's part of what there is for all rows, [batch, …]; rows that pad it are 0. */
function gather(
  values: readonly Float32Array[],
  rows: readonly number[],
  spec: TensorSpec,
  { batch }: BatchShape,
): Float32Array {
  const found = new Float32Array(sizeOf(spec));
  const width = found.length / batch;
  rows.forEach((row, i) => {
    const answer = values[row]!.subarray(0, width);
    found.set(answer, i * width);
    found.fill(none, i * width + answer.length, (i + 1) * width);
  });
  return found;
}

/** @param width numbers of each row; undefined where that differs */
function checkRows(
  name: string,
  rows: readonly Float32Array[],
  size: number,
  width: number | undefined,
): void {
  if (rows.length !== size) {
    throw new TeacherError(`${name}: the teacher has answered ${rows.length} rows, expected ${size}`);
  }
  rows.forEach((row, i) => {
    if (width !== undefined && row.length !== width) {
      throw new TeacherError(`${name}: row ${i + 1} has ${row.length} numbers, expected ${width}`);
    }
    const broken = row.find((value) => !Number.isFinite(value));
    if (broken !== undefined) {
      throw new TeacherError(
        `${name}: row ${i + 1} holds ${broken}; the teacher's weights are no numbers, or too large`,
      );
    }
  });
}
