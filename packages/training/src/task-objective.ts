import { headOf } from '@diffprune/inference';
import type { CommonOptions } from './common-options.ts';
import { distilledObjective } from './distillation.ts';
import type { LabRun } from './lab.ts';
import { labelledObjective, type LabelledObjective } from './objective.ts';

/**
 * What a run minimises: its head's loss, with a part of it learnt from the teacher where there is one.
 *
 * @throws RangeError for rows without labels; TeacherError for a teacher's outputs that are not for these rows
 */
export function taskObjective(
  { task, train, teacher }: Pick<LabRun, 'task' | 'train' | 'teacher'>,
  { distillation, temperature }: Pick<CommonOptions, 'distillation' | 'temperature'>,
): LabelledObjective {
  if (train.labels === undefined) throw new RangeError('rows without labels cannot be trained on');
  const objective = labelledObjective(headOf(task), train.labels);
  if (teacher === undefined || distillation === undefined || temperature === undefined) return objective;
  return distilledObjective(objective, { outputs: teacher, distillation, temperature }, train.size);
}
