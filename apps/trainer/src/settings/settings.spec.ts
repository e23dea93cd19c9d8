import { defaultOptions, validateOptions } from '@diffprune/training';
import { resumeSettings, type Settings } from './settings.ts';
import { trainingFlags } from '../commands/training-flags.ts';

const begun: Settings = {
  ...defaultOptions,
  ...{
    task: 'sst2',
    data: 'glue/SST-2',
    base: 'bert',
    method: 'diff-pruning',
    engine: 'cpu',
    maxLength: 128,
    values: 'fp32',
    fixedMaskLearningRate: 5e-5,
  },
};

describe('resumeSettings', () => {
  it('takes over what the run began with', () => {
    expect(resumeSettings({}, begun, 'runs/a')).toEqual(begun);
    expect(
      resumeSettings({ density: 0.005, stretch: [-1.5, 1.5], epochs: undefined }, begun, 'runs/a'),
    ).toEqual(begun);
  });

  it('follows folders that moved', () => {
    expect(resumeSettings({ data: '../glue/SST-2' }, begun, 'runs/a')).toEqual({
      ...begun,
      data: '../glue/SST-2',
    });
  });

  it('names a setting that is another', () => {
    expect(() => resumeSettings({ maxSteps: 7 }, begun, 'runs/a')).toThrow(
      '--max-steps is 7, but the run in runs/a began with none',
    );
    expect(() => resumeSettings({ fixedMaskLearningRate: 0.1 }, begun, 'runs/a')).toThrow(
      '--fixed-mask-learning-rate is 0.1, but the run in runs/a began with 0.00005',
    );
  });
});

describe('trainingFlags', () => {
  it('show the defaults that training has', () => {
    for (const { name, shown } of trainingFlags) {
      if (name in defaultOptions)
        expect([name, parseFloat(shown!)]).toEqual([
          name,
          defaultOptions[name as keyof typeof defaultOptions],
        ]);
    }
  });

  it('cover every training option', () => {
    const names = new Set<string>(trainingFlags.map(({ name }) => name));
    const uncovered = Object.keys(defaultOptions).filter((name) => !names.has(name));
    expect(uncovered).toEqual(['groupPenalty', 'stretch']);
    expect(() => validateOptions(defaultOptions)).not.toThrow();
  });
});
