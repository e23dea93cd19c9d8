import type { ParameterSpec } from '@diffprune/bert';
import { streamKey, uniformAt } from '@diffprune/kernels';
import { byRow } from './by-row.fixture.ts';
import { Optimiser, weightGroup } from '../optimiser.ts';
import { allocateParameters, withBase, withGradient } from '../parameter-memory.ts';
import { GatedDiff } from './gated-diff.ts';

const [count, width] = [60, 16];
const spec: ParameterSpec = {
  name: 'table',
  shape: [count, width],
  kind: 'embeddings',
  role: 'word-embeddings',
  decay: true,
  initial: 'normal',
};
const steps = 12;

/** The rows that a step reads: a few of the first fifty, row 0 (padding) always; step 9 reads all. */
function rowsOf(step: number): Int32Array {
  if (step === 9) return Int32Array.from({ length: count }, (_, row) => row);
  const key = streamKey(1, step, 0);
  return Int32Array.from({ length: 7 }, (_, i) => (i === 0 ? 0 : Math.floor(uniformAt(key, i) * 50)));
}

async function gatedDiff(maxGradientNorm: number) {
  const [parameter] = (await allocateParameters([spec], () => GatedDiff.arrays)).map((made) => {
    made.weights.forEach((_, i) => (made.weights[i] = Math.sin(i)));
    return withBase(withGradient(made));
  });
  const gated = await GatedDiff.create([parameter!], {
    shape: { l: -1.5, r: 1.5, temperature: 1 },
    ...{ initialLogOdds: 5, seed: 42, groupPenalty: undefined, price: { lambda: 0.01 } },
  });
  const alpha = {
    ...{ maxGradientNorm, weightDecay: 0, epsilon: 1e-12 },
    rate: (step: number) => ({ step: step + 1, learningRate: 0.1 }),
  };
  const weights = weightGroup(0.01, { maxGradientNorm, weightDecay: 0.1 });
  return { parameter: parameter!, gated, optimiser: new Optimiser([gated], { weights, alpha }) };
}
type Trained = Awaited<ReturnType<typeof gatedDiff>>;

/** Takes a step with gradients for the rows read, but none for padding; the others have none either. */
function take({ parameter, gated, optimiser }: Trained, step: number, selective: boolean) {
  const rows = rowsOf(step);
  gated.forward({ step, rows: selective ? new Map([['table', rows]]) : new Map() });
  const weights = [...new Set(rows)].map((row) => [
    ...parameter.weights.subarray(row * width, (row + 1) * width),
  ]);
  parameter.gradient.fill(0);
  for (const row of rows) {
    for (let i = row * width; row > 0 && i < (row + 1) * width; i++)
      parameter.gradient[i] = Math.cos(step + i);
  }
  return { weights, report: optimiser.update(step, 1) };
}

function stateOf({ gated }: Trained): Map<string, Float32Array> {
  const state = byRow(gated.state);
  state.delete('expected-density'); // a sum, whose rounding depends on the order
  return state;
}

it('steps that read some rows learn what steps that read all learn, bit for bit', async () => {
  const [selective, whole] = [await gatedDiff(Infinity), await gatedDiff(Infinity)];
  for (let step = 0; step < steps; step++) {
    const [some, all] = [take(selective, step, true), take(whole, step, false)];
    expect(some.weights).toEqual(all.weights);
    for (const name of ['gradientNorm', 'alphaGradientNorm', 'expectedDensity'] as const) {
      expect(Math.abs(some.report[name]! / all.report[name]! - 1)).toBeLessThan(5e-6);
    }
    if (step % 3 === 0) expect(stateOf(selective)).toEqual(stateOf(whole));
  }
  selective.gated.forward();
  whole.gated.forward();
  expect(selective.parameter.weights).toEqual(whole.parameter.weights);
  expect(selective.gated.sample()).toEqual(whole.gated.sample());
});

it.each([1, 4, 10])('goes on from step %i as if it had never stopped', async (stop) => {
  const [never, first, second] = [await gatedDiff(0.1), await gatedDiff(0.1), await gatedDiff(0.1)];
  for (let step = 0; step < steps; step++) {
    const report = take(never, step, true);
    expect(take(step < stop ? first : second, step, true)).toEqual(report);
    if (step + 1 !== stop) continue;
    const saved = new Map([...first.gated.state].map(([name, array]) => [name, array.slice()]));
    for (const [name, array] of second.gated.state) array.set(saved.get(name)!);
  }
  expect(stateOf(second)).toEqual(stateOf(never));
});
