import { classification } from './classification.ts';
import type { ProblemType } from './problem-type.ts';
import { regression } from './regression.ts';
import type { Problem } from './task.ts';

const types: Readonly<Record<Problem['problemType'], ProblemType>> = {
  single_label_classification: classification,
  regression,
};

/** What a problem's answers are. @throws RangeError for a type that there is not */
export function problemTypeOf({ problemType }: Pick<Problem, 'problemType'>): ProblemType {
  const found = Object.hasOwn(types, problemType) ? types[problemType] : undefined;
  if (found !== undefined) return found;
  throw new RangeError(
    `problemType is ${JSON.stringify(problemType)}, expected one of ${Object.keys(types).join(', ')}`,
  );
}
