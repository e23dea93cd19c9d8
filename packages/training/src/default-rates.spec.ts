import { fineTuningRate, gatedRate, times } from './default-rates.ts';

/** A number to one digit, as people write rates. */
const rough = (rate: number): number => Number(rate.toPrecision(1));

it.each([
  ['BERT-large', 340e6, 1e-5, 1e-5],
  ['BERT-base', 109.5e6, 2e-5, 5e-5],
  ['MiniLM-L6', 22.7e6, 7e-5, 3e-4],
  ['the sample model', 1.454e6, 5e-4, 5e-4],
])('the rates of %s', (_, parameters, full, gated) => {
  expect(rough(fineTuningRate({ parameters }))).toBe(full);
  expect(rough(gatedRate({ parameters }))).toBe(gated);
  expect(times(7, gatedRate)({ parameters })).toBe(7 * gatedRate({ parameters }));
});
