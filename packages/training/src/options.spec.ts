import { OptionError, defaultL0Penalty, defaultOptions, validateOptions } from './options.ts';

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
    ['stretch', [0, 1.5]],
    ['stretch', [-1.5, 1]],
  ] as const)('refuses %s = %p and names it', (option, value) => {
    const call = (): void => validateOptions({ ...defaultOptions, [option]: value });
    expect(call).toThrow(OptionError);
    expect(call).toThrow(`${option} must be`);
  });
});

describe('defaultL0Penalty', () => {
  it('is the paper’s for BERT-large and larger for a smaller model', () => {
    expect(defaultL0Penalty(340e6)).toBeCloseTo(1.25e-7, 20);
    expect(defaultL0Penalty(4.4e6) * 4.4e6).toBeCloseTo(42.5, 10);
  });
});
