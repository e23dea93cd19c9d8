import { defaultBatchSize } from './common-options.ts';
import {
  completeOptions,
  describeOptions,
  methodsWith,
  optionsOf,
  validateOptions,
} from './method-options.ts';
import { methodNames } from './methods/registry.ts';
import { OptionError, type OptionValues } from './options.ts';

const size = { parameters: 1e7, rows: 5000, task: 'sst2' };

describe('validateOptions', () => {
  it.each([
    ['density', 0],
    ['density', 1.01],
    ['density', NaN],
    ['epochs', 0],
    ['epochs', 1.5],
    ['epochs', '3'],
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
    ['distillation', 0],
    ['distillation', 1.1],
    ['temperature', 0.05],
    ['temperature', 101],
    ['temperature', NaN],
    ['groupPenalty', 'mean'],
    ['stretch', [0, 1.5]],
    ['stretch', [-1.5, 1]],
    ['stretch', [-1.5, 1.5, 2]],
    ['stretch', 1.5],
    ['exclude', 'key'],
    ['exclude', ['value']],
    ['exclude', ['key', 'key']],
  ] as const)('refuses %s = %p and names it', (option, value) => {
    const [method] = methodsWith(option);
    const call = (): void => validateOptions(method!, { [option]: value } as OptionValues);
    expect(call).toThrow(OptionError);
    expect(call).toThrow(`${option} must be`);
  });

  it('refuses an option that the method does not have, and says which have it', () => {
    expect(() => validateOptions('full', { density: 0.1 })).toThrow(
      'density has no meaning for method full: leave it out; it is an option of structured-diff-pruning, ' +
        'diff-pruning, non-adaptive-diff-pruning',
    );
    expect(() => validateOptions('full', { densty: 0.1 })).toThrow('no method has it');
    expect(() => validateOptions('full', { density: undefined })).not.toThrow();
  });
});

describe('completeOptions', () => {
  it.each(methodNames)('gives %s defaults that are in range', (method) => {
    const complete = completeOptions(method, {}, { ...size, taught: true });
    expect(() => validateOptions(method, complete)).not.toThrow();
    const open = Object.keys(optionsOf(method)).filter((name) => complete[name] === undefined);
    const may = ['maxSteps', 'alphaLearningRate', 'l0Penalty', 'scoreLearningRate', 'scorePenalty'];
    expect(may).toEqual(expect.arrayContaining(open));
  });

  it('has those of a teacher where there is one', () => {
    expect(completeOptions('full', {}, size)).not.toHaveProperty('distillation');
    expect(completeOptions('full', {}, { ...size, taught: true })).toMatchObject({
      ...{ distillation: 0.9, temperature: 2 },
    });
  });

  it('has options that are given win', () => {
    const given = { learningRate: 0.1, batchSize: 3 };
    const usual = completeOptions('diff-pruning', {}, size);
    expect(completeOptions('diff-pruning', given, size)).toEqual({ ...usual, ...given });
  });

  it('leaves open how many weights remain where a penalty decides, unless it is said as well', () => {
    const remaining = (options: OptionValues) => completeOptions('l0-pruning', options, size)['remaining'];
    expect(remaining({})).toBe(0.1);
    expect(remaining({ l0Penalty: 1e-6 })).toBeUndefined();
    expect(remaining({ l0Penalty: 1e-6, remaining: 0.03 })).toBe(0.03);
  });

  it.each([
    ['structured-diff-pruning', [5, 3]],
    ['non-adaptive-diff-pruning', [3, 5]],
  ] as const)('gives %s eight epochs of small tasks, six of others', (method, small) => {
    const epochs = (task: string) => {
      const complete = completeOptions(method, {}, { ...size, task });
      return [complete['epochs'], complete['fixedMaskEpochs']];
    };
    expect(['sst2', 'mrpc', 'stsb', 'rte'].map(epochs)).toEqual([[3, 3], small, small, small]);
  });

  it.each(['diff-pruning', 'non-adaptive-diff-pruning'] as const)(
    'raises the rate of %s for a fixed mask the more, the larger the base is',
    (method) => {
      const times = [1.5e6, 23e6, 110e6, 340e6].map((parameters) => {
        const { learningRate, fixedMaskLearningRate } = completeOptions(method, {}, { ...size, parameters });
        return Math.round(Number(fixedMaskLearningRate) / Number(learningRate));
      });
      expect(times).toEqual([10, 29, 53, 82]);
    },
  );

  it('has batches of 32 rows where an epoch has at least 100 of them', () => {
    const batches = [100, 1599, 1600, 3199, 3200, 4e5].map((rows) => defaultBatchSize({ rows }));
    expect(batches).toEqual([8, 8, 16, 16, 32, 32]);
  });
});

it('describeOptions has an interval’s ends, words as one text, and nothing of what was left out', () => {
  expect(describeOptions('diff-pruning', { stretch: [-1, 2], epochs: 3, l0Penalty: undefined })).toEqual({
    ...{ epochs: 3, stretchLow: -1, stretchHigh: 2 },
  });
  expect(describeOptions('l0-close', { exclude: ['key', 'last-2-layers'] })).toEqual({
    exclude: 'key,last-2-layers',
  });
  expect(describeOptions('l0-close', { exclude: [] })).toEqual({ exclude: 'none' });
});
