import type { AdamWStep } from '@diffprune/kernels';
import type { Learner } from './learner.ts';
import { clipFactor, Optimiser, weightGroup, type ParameterGroup } from './optimiser.ts';

describe('clipFactor', () => {
  it('brings a larger norm down to the bound and leaves a smaller one alone', () => {
    expect(clipFactor(4, 1)).toBe(0.25);
    expect(clipFactor(0.5, 1)).toBe(1);
    expect(clipFactor(0, 1)).toBe(1);
  });
});

describe('Optimiser', () => {
  /** A learner with these squared norms, which notes the steps that it is given. */
  function learner(squaredNorms: Record<string, number>, measured = {}) {
    const steps: Readonly<Record<string, AdamWStep>>[] = [];
    const made: Learner = {
      gradients: new Map(),
      state: new Map(),
      forward() {},
      backward: () => ({ squaredNorms, measured }),
      update: (_, groups) => void steps.push(groups),
    };
    return { ...made, steps };
  }

  const gates = (held: boolean): ParameterGroup => ({
    ...{ maxGradientNorm: 2, weightDecay: 0, epsilon: 1e-12 },
    rate: (step) => (held ? undefined : { step: step - 2, learningRate: 0.5 }),
  });

  it('clips each group as one over all learners, and apart from the others', () => {
    const [head, gated] = [learner({ weights: 9 }), learner({ weights: 16, alpha: 4 }, { density: 0.5 })];
    const weights = weightGroup(0.1, { maxGradientNorm: 1, weightDecay: 0.01 });
    const optimiser = new Optimiser([head, gated], { weights, alpha: gates(false) });
    expect(optimiser.update(6, 0.5)).toEqual({ gradientNorm: 5, alphaGradientNorm: 2, density: 0.5 });
    const adam = { beta1: 0.9, beta2: 0.999 };
    const steps = {
      weights: { ...adam, step: 7, learningRate: 0.05, epsilon: 1e-8, weightDecay: 0.01, scale: 0.2 },
      alpha: { ...adam, step: 4, learningRate: 0.25, epsilon: 1e-12, weightDecay: 0, scale: 1 },
    };
    expect([head.steps, gated.steps]).toEqual([[steps], [steps]]);
  });

  it('leaves a group that is held where it is', () => {
    const gated = learner({ weights: 1, alpha: 100 });
    const weights = weightGroup(0.1, { maxGradientNorm: 1, weightDecay: 0 });
    new Optimiser([gated], { weights, alpha: gates(true) }).update(0, 1);
    expect(gated.steps[0]!['alpha']).toMatchObject({ step: 1, learningRate: 0, scale: 0 });
  });
});
