import { adapterRate, fineTuningRate, fixedMaskRate, gatedRate } from './default-rates.ts';

/** A number to one digit, as people write rates. */
const rough = (rate: number): number => Number(rate.toPrecision(1));

it.each([
  ['BERT-large', 340e6, 1e-5, 1e-5, 3e-4],
  ['BERT-base', 109.5e6, 2e-5, 5e-5, 5e-4],
  ['MiniLM-L6', 22.7e6, 7e-5, 3e-4, 1e-3],
  ['the sample model', 1.454e6, 5e-4, 8e-4, 3e-3],
])('the rates of %s', (_, parameters, full, gated, adapters) => {
  expect(rough(fineTuningRate({ parameters }))).toBe(full);
  expect(rough(gatedRate({ parameters }))).toBe(gated);
  expect(rough(adapterRate({ parameters }))).toBe(adapters);
});

it('moves δ by the same distance in a step, whatever the density', () => {
  const size = { parameters: 22.7e6, rows: 1000, task: 'cola' };
  const distances = [0.05, 0.005, 0.001].map(
    (density) => fixedMaskRate(6, gatedRate)(size, { density }) * Math.sqrt(density),
  );
  expect(distances[0]).toBeCloseTo(6 * gatedRate(size) * Math.sqrt(0.005), 12);
  for (const distance of distances) expect(distance).toBeCloseTo(distances[0]!, 12);
});
