import { methods } from '@diffprune/training';
import type { MetricsLine } from '../run-folder/metrics-log.ts';
import { warningsOf, warnOfZeros, type RunOutcome } from './warnings.ts';

const evaluation = (main: number) => ({ dev: { scores: { accuracy: main }, main } });

function step(step: number, loss: number, expectedDensity: number): MetricsLine {
  const measured = { gradientNorm: 1, learningRateFactor: 1, examplesPerSecond: 10 };
  return { kind: 'step', stage: 'l0-training', step, epoch: 1, loss, expectedDensity, ...measured };
}

const good: RunOutcome = {
  method: methods['diff-pruning'],
  metrics: [step(10, 0.69, 0.99), step(20, 0.5, 0.6), step(30, 0.5, 0.4)],
  evaluations: evaluation(0.8),
  constant: evaluation(0.5),
  constantLoss: 0.69,
};

describe('warningsOf', () => {
  it('has nothing to say of a good run', () => {
    expect(warningsOf(good)).toEqual([]);
  });

  it('says where a split’s score is no more than that of a constant', () => {
    const [first, ...more] = warningsOf({ ...good, evaluations: evaluation(0.5) });
    expect(first).toMatch(/no more on dev than always giving the same answer.*--learning-rate/);
    expect(more).toEqual([]);
  });

  it('says where too little, or nothing, was nonzero at the projection', () => {
    const projection = { kind: 'projection', kept: 10, nonzero: 4 } as const;
    expect(warningsOf({ ...good, metrics: [projection] })).toEqual(warnOfZeros(good.method, projection));
  });

  it('says where half of the gates closed before the loss fell', () => {
    const metrics = [step(10, 0.69, 0.99), step(20, 0.69, 0.7), step(30, 0.68, 0.4), step(40, 0.2, 0.3)];
    expect(warningsOf({ ...good, metrics })).toEqual([
      expect.stringMatching(/gates closed before w had learnt: at step 30 .* still 0\.687 \(.* has 0\.690\)/),
    ]);
  });
});

describe('warnOfZeros', () => {
  it('names the options that keep gates open, where there are gates', () => {
    const some = { kept: 10, nonzero: 4 };
    expect(warnOfZeros(methods['diff-pruning'], some)).toEqual([
      expect.stringMatching(/fewer entries were nonzero.*--l0-penalty.*--alpha-learning-rate/),
    ]);
    expect(warnOfZeros(methods['diff-pruning'], { kept: 10, nonzero: 0 })[0]).toMatch(/nothing was nonzero/);
    expect(warnOfZeros(methods['non-adaptive-diff-pruning'], some)[0]).toMatch(/lower --density/);
    expect(warnOfZeros(methods['diff-pruning'], { kept: 10, nonzero: 10 })).toEqual([]);
  });
});
