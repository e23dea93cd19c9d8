import { optionsIn, resumeSettings, withFlags, type Settings } from './settings.ts';

const begun: Settings = {
  epochs: 3,
  density: 0.005,
  stretch: [-1.5, 1.5],
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

  it('follows folders that moved, and goes on with another number of threads', () => {
    expect(resumeSettings({ data: '../glue/SST-2', threads: 3 }, begun, 'runs/a')).toEqual({
      ...begun,
      data: '../glue/SST-2',
      threads: 3,
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

it('optionsIn has the options of the method alone', () => {
  const { epochs, density, stretch, fixedMaskLearningRate } = begun;
  expect(optionsIn(begun)).toEqual({ epochs, density, stretch, fixedMaskLearningRate });
});

it('withFlags spells options as the command line does', () => {
  expect(withFlags('lower `l0Penalty`, or `alphaLearningRate`; w')).toBe(
    'lower --l0-penalty, or --alpha-learning-rate; w',
  );
});
