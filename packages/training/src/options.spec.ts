import { OptionError, defaultOptions, validateOptions } from './options.ts';

describe('validateOptions', () => {
  it('accepts the defaults', () => {
    expect(() => validateOptions(defaultOptions)).not.toThrow();
  });

  it.each([
    ['density', 0],
    ['density', 1.01],
    ['density', NaN],
    ['epochs', 0],
    ['epochs', 1.5],
    ['fixedMaskEpochs', -1],
    ['maxSteps', 0],
    ['batchSize', 0],
    ['learningRate', 0],
    ['alphaLearningRate', Infinity],
    ['fixedMaskLearningRate', -1],
    ['warmup', 1.1],
    ['weightDecay', -0.1],
    ['maxGradientNorm', 0],
    ['l0Penalty', -1],
    ['initialLogOdds', NaN],
    ['seed', 0.5],
    ['seed', 2 ** 32],
    ['groupPenalty', 'mean'],
    ['stretch', [0, 1.5]],
    ['stretch', [-1.5, 1]],
  ] as const)('refuses %s = %p and names it', (option, value) => {
    const call = (): void => validateOptions({ ...defaultOptions, [option]: value });
    expect(call).toThrow(OptionError);
    expect(call).toThrow(`${option} must be`);
  });
});
