import { logOdds } from './density-controller.ts';
import { createPenalty, type PenalisedStage, type Penalty, type PenaltyOptions } from './penalty.ts';
import { linearSchedule } from './schedule.ts';

const options: PenaltyOptions = { density: 0.005, learningRate: 1e-3, initialLogOdds: 5, warmup: 0.1 };
const stage: PenalisedStage = {
  steps: 300,
  constantLoss: 0.7,
  entries: 1e6,
  startDensity: 0.99,
  halfOpen: 0,
};

/** Takes a step. @returns what the penalty reports of it */
function observe(penalty: Penalty, step: number, expectedDensity: number, loss: number) {
  return penalty.observe(step, loss, { expectedDensity });
}

/** The density that the path has before a step. */
function pathDensity(penalty: Penalty, step: number): number {
  const state = new Map([...penalty.state].map(([name, array]) => [name, array.slice()]));
  const { pathDensity } = observe(penalty, step, 0.5, 0.4);
  for (const [name, array] of penalty.state) array.set(state.get(name)!);
  return pathDensity!;
}

/** Takes steps with this loss until gates may move. @returns the step of which that is true, and α's step then */
function untilClosing(loss: (step: number) => number, more: Partial<PenaltyOptions> = {}) {
  const penalty = createPenalty({ ...options, ...more }, stage);
  for (let step = 0; step < stage.steps; step++) {
    const alpha = penalty.alphaStep(step);
    if (alpha !== undefined) return { penalty, step, alpha };
    expect(observe(penalty, step, 0.99, loss(step))).toEqual({ l0Penalty: 0, pathDensity: 0.99 });
  }
  throw new Error('gates never closed');
}

const progress = (step: number): number => {
  const sum = (end: number): number =>
    Array.from({ length: end }, (_, i) => linearSchedule(i, stage.steps, options.warmup)).reduce(
      (a, b) => a + b,
      0,
    );
  return sum(step) / sum(stage.steps);
};

describe('a steered penalty', () => {
  it('holds gates open until the loss is below that of a constant prediction', () => {
    const quick = untilClosing(() => 0.4);
    const slow = untilClosing((step) => (step < 60 ? 0.7 : 0.4));
    expect(quick.step).toBeLessThan(10);
    expect(slow.step).toBeGreaterThan(60);
    expect(slow.step).toBeLessThan(70);
    expect(slow.alpha.step).toBe(1); // α's moments begin with it
    expect(slow.penalty.lambda / ((24 * 1e-3) / 1e3)).toBeCloseTo(1, 6);
  });

  it('closes them after three tenths of the training at the latest', () => {
    const { step } = untilClosing(() => 0.9);
    expect(progress(step)).toBeGreaterThanOrEqual(0.3);
    expect(progress(step - 1)).toBeLessThan(0.3);
  });

  it('has a rate of α that takes a gate without a loss to the end of the path just in time', () => {
    const { penalty, step: first } = untilClosing(() => 0.4);
    let moved = 0;
    for (let step = first; pathDensity(penalty, step) > 0.05 + 1e-9; step++) {
      moved += penalty.alphaStep(step)!.learningRate * linearSchedule(step, stage.steps, options.warmup);
    }
    expect(moved / (options.initialLogOdds - logOdds(0.05))).toBeCloseTo(1, 1);
    expect(untilClosing(() => 0.4, { alphaLearningRate: 0.02 }).alpha.learningRate).toBe(0.02);
  });

  it('closes gates down to ten times the density, and to a twentieth where that is less', () => {
    const end = (density: number): number => {
      const { penalty } = untilClosing(() => 0.4, { density });
      return pathDensity(penalty, stage.steps);
    };
    expect(end(0.0001)).toBeCloseTo(0.05, 9);
    expect(end(0.005)).toBeCloseTo(0.05, 9);
    expect(end(0.02)).toBeCloseTo(0.2, 9);
  });

  it('has w move the further, the fewer gates are to be open', () => {
    const { penalty, step } = untilClosing(() => 0.4);
    for (let after = step; after < stage.steps; after++) {
      const expected = 1 / Math.sqrt(pathDensity(penalty, after));
      expect(penalty.weightFactor(after)).toBeCloseTo(expected, 9);
      observe(penalty, after, 0.5, 0.4);
    }
    expect(penalty.weightFactor(0)).toBeCloseTo(1, 1);
    expect(penalty.weightFactor(stage.steps)).toBeCloseTo(Math.sqrt(20), 9); // 5% of them
  });

  it('never aims above one half, nor above where gates start', () => {
    const end = (density: number, startDensity: number): number => {
      const penalty = createPenalty({ ...options, density }, { ...stage, startDensity });
      for (let step = 0; step < stage.steps; step++) observe(penalty, step, startDensity, 0.4);
      return pathDensity(penalty, stage.steps);
    };
    expect(end(0.005, 0.99)).toBeCloseTo(0.05, 9);
    expect(end(0.4, 0.99)).toBeCloseTo(0.5, 9);
    expect(end(0.05, 0.1)).toBeCloseTo(0.1, 9);
  });
});

it('a given λ stays as it is, with the paper’s rate of α, and so does the rate of w', () => {
  const penalty = createPenalty({ ...options, l0Penalty: 1.25e-7 }, stage);
  expect(observe(penalty, 0, 0.99, 0.4)).toEqual({ l0Penalty: 1.25e-7 });
  expect([penalty.lambda, penalty.state.size]).toEqual([1.25e-7, 0]);
  expect(penalty.alphaStep(4)).toEqual({ step: 5, learningRate: 0.1 });
  expect(penalty.weightFactor(4)).toBe(1);
});
