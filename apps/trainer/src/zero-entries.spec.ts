import { methods } from '@diffprune/training';
import { adviceOnZeros } from './zero-entries.ts';

it('names the options that keep gates open, where there are gates', () => {
  const some = { kept: 10, nonzero: 4 };
  expect(adviceOnZeros(methods['diff-pruning'], some)).toMatch(/--l0-penalty.*--alpha-learning-rate/);
  expect(adviceOnZeros(methods['non-adaptive-diff-pruning'], some)).toMatch(/^training has moved fewer/);
  expect(adviceOnZeros(methods['diff-pruning'], { kept: 10, nonzero: 10 })).toBeUndefined();
});
