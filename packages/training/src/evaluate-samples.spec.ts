import { sampleScores } from './evaluate-samples.ts';

const scored = (accuracy: number, f1: number) => ({ dev: { scores: { accuracy, f1 }, main: accuracy } });

it('sampleScores has mean and sample standard deviation of each metric of each split', () => {
  expect(sampleScores([scored(0.5, 1), scored(0.75, 1), scored(1, 1)])).toEqual({
    dev: { count: 3, mean: { accuracy: 0.75, f1: 1 }, deviation: { accuracy: 0.25, f1: 0 } },
  });
  expect(sampleScores([scored(0.5, 1)])['dev']!.deviation).toEqual({ accuracy: 0, f1: 0 });
});
