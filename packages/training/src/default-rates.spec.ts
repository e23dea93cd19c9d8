import { adapterRate, fineTuningRate, fixedMaskRate, partFactor } from './default-rates.ts';

/** A number to one digit, as people write rates. */
const rough = (rate: number): number => Number(rate.toPrecision(1));

it.each([
  ['BERT-large', 340e6, 1e-5, 8e-4, 3e-4],
  ['BERT-base', 109.5e6, 2e-5, 1e-3, 5e-4],
  ['MiniLM-L6', 22.7e6, 7e-5, 2e-3, 9e-4],
  ['the sample model', 1.454e6, 5e-4, 5e-3, 1e-3],
])('the rates of %s', (_, parameters, full, fixedMask, adapters) => {
  expect(rough(fineTuningRate({ parameters }))).toBe(full);
  expect(rough(adapterRate({ parameters }))).toBe(adapters);
  const size = { parameters, rows: 1000, task: 'cola' };
  expect(rough(fixedMaskRate(size, { density: 0.005 }))).toBe(fixedMask);
  expect(fixedMaskRate(size, { density: 0.02 })).toBeCloseTo(fixedMaskRate(size, { density: 0.005 }) / 2, 12);
});

it('moves δ by the same distance in a step, whatever part of it can move', () => {
  for (const part of [1, 0.05, 0.005, 0.001]) {
    // steps of AdamW are about as long as the rate in each entry
    const entries = 1e6 * part;
    expect(partFactor(part) * Math.sqrt(entries)).toBeCloseTo(1e3, 6);
  }
});
