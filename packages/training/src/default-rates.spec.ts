import { completeOptions, defaultBatchSize, defaultRates } from './default-rates.ts';
import { defaultOptions } from './options.ts';

/** A number to one digit, as people write rates. */
const rough = (rate: number): number => Number(rate.toPrecision(1));

describe('defaultRates', () => {
  it.each([
    ['BERT-large', 340e6, 1e-5, 1e-5],
    ['BERT-base', 109.5e6, 2e-5, 5e-5],
    ['MiniLM-L6', 22.7e6, 7e-5, 3e-4],
    ['the sample model', 1.454e6, 5e-4, 5e-4],
  ])('of %s', (_, parameters, full, gated) => {
    expect(rough(defaultRates('full', parameters).learningRate)).toBe(full);
    expect(rough(defaultRates('structured-diff-pruning', parameters).learningRate)).toBe(gated);
  });

  it('are five to ten times as high for a fixed mask', () => {
    for (const method of ['diff-pruning', 'non-adaptive-diff-pruning'] as const) {
      for (const parameters of [1e6, 1e7, 1e8, 1e9]) {
        const { learningRate, fixedMaskLearningRate } = defaultRates(method, parameters);
        expect(fixedMaskLearningRate / learningRate).toBeGreaterThanOrEqual(5);
        expect(fixedMaskLearningRate / learningRate).toBeLessThan(10.001);
      }
    }
  });
});

it('batches are of 32 rows where an epoch has at least 100 of them', () => {
  expect([100, 1599, 1600, 3199, 3200, 4e5].map(defaultBatchSize)).toEqual([8, 8, 16, 16, 32, 32]);
});

it('options that are given win', () => {
  const size = { method: 'full', parameters: 1e7, rows: 5000 } as const;
  expect(completeOptions({ ...defaultOptions, learningRate: 0.1, batchSize: 3 }, size)).toMatchObject({
    ...{ learningRate: 0.1, batchSize: 3 },
    fixedMaskLearningRate: defaultRates('full', 1e7).fixedMaskLearningRate,
  });
});
