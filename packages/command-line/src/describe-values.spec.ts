import { describeValues } from './describe-values.ts';

it('names the coding and the largest error', () => {
  const reports = [0, 0.004123, 0.00391].map((relativeError) => ({ relativeError }));
  expect(describeValues('int8', reports)).toBe(
    "values as int8, rounded by at most 0.00412 of a tensor's norm",
  );
  expect(describeValues('fp16', [{ relativeError: 0 }])).toBe('values as fp16, exact');
  expect(describeValues('fp32', [])).toBe('values as fp32, exact');
});
