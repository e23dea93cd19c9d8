import { chooseRuns, expandSweep } from './expand-sweep.ts';
import { runName } from './run-name.ts';
import { parseSweep } from './sweep-file.ts';

const expand = (value: object, given = {}) =>
  expandSweep(parseSweep({ name: 'a', ...value }, 'sweep.json'), given);
const names = (value: object) => expand(value).map(({ name }) => name);

describe('expandSweep', () => {
  it('goes through the grid for each row, the first axis last', () => {
    const grid = { seed: [1, 2], task: ['opinion', 'inference'] };
    expect(
      names({ grid, runs: [{ method: 'full' }, { method: 'l0-pruning', remaining: [0.1, 0.03] }] }),
    ).toEqual(
      [1, 2].flatMap((seed) =>
        ['opinion', 'inference'].flatMap((task) => [
          `sample-model_${task}_full_seed-${seed}`,
          `sample-model_${task}_l0-pruning_remaining-0.1_seed-${seed}`,
          `sample-model_${task}_l0-pruning_remaining-0.03_seed-${seed}`,
        ]),
      ),
    );
  });

  it('lets rows count more than the grid, that more than common options, and given ones most', () => {
    const value = {
      options: { epochs: 1, base: 'here', density: 0.01 },
      grid: { task: [{ task: 'opinion', epochs: 2 }, 'inference'], method: 'diff-pruning' },
      runs: [{ seed: 1 }, { epochs: 3, base: 'elsewhere' }],
    };
    const runs = expand(value, { base: 'models/there', density: '0.005' });
    expect(runs.map(({ options }) => options['epochs'])).toEqual(['2', '3', '1', '3']);
    expect(runs[0]!.options).toEqual({
      ...{ epochs: '2', base: 'models/there', density: '0.005', task: 'opinion' },
      ...{ method: 'diff-pruning', seed: '1' },
    });
    expect(runs.map(({ line }) => line)).toEqual([
      { method: 'diff-pruning' },
      { method: 'diff-pruning', epochs: '3', base: 'models/there' },
      { method: 'diff-pruning' },
      { method: 'diff-pruning', epochs: '3', base: 'models/there' },
    ]);
  });

  it('has options that come with a task in no line, whether the grid or a row says them', () => {
    const runs = expand({
      runs: [
        { task: ['mrpc', { task: 'sst2', 'train-rows': 8000, epochs: 6 }], method: ['full', 'adapters'] },
        { task: 'mrpc', method: 'full', epochs: 8 },
      ],
    });
    expect(runs.map(({ line }) => line)).toEqual([
      ...['full', 'adapters', 'full', 'adapters'].map((method) => ({ method })),
      { method: 'full', epochs: '8' },
    ]);
  });

  it('finds teachers of the same task and seed, and has them first', () => {
    const runs = expand({
      grid: { task: ['opinion', 'inference'], seed: [1, 2] },
      runs: [
        { method: 'supermask', teacher: { method: 'full' } },
        { method: 'full', epochs: 6 },
        { method: 'adapters', teacher: { method: 'full', seed: 1 } },
      ],
    });
    expect(runs.slice(0, 3).map(({ name, teacher }) => [name, teacher])).toEqual([
      ['sample-model_opinion_full_seed-1_epochs-6', undefined],
      ['sample-model_opinion_supermask_taught-by-full_seed-1', 'sample-model_opinion_full_seed-1_epochs-6'],
      ['sample-model_opinion_adapters_taught-by-full-1_seed-1', 'sample-model_opinion_full_seed-1_epochs-6'],
    ]);
    expect(runs.at(-1)!.teacher).toBe('sample-model_inference_full_seed-1_epochs-6');
    expect(runs[1]!.options).not.toHaveProperty('teacher');
    expect(runs[1]!.line).toEqual({ method: 'supermask', teacher: 'full' });
  });

  it('says which row is wrong', () => {
    const grid = { task: 'opinion', seed: [1, 2] };
    const row = { method: 'full' };
    expect(() => expand({ grid, runs: [row, {}] })).toThrow('sweep.json: no "method" is said');
    expect(() => expand({ runs: [row] })).toThrow('sweep.json: runs[0]: no "task" is said');
    expect(() => expand({ grid, runs: [row, { ...row, data: 'elsewhere' }] })).toThrow(
      'sweep.json: runs[1]: the run sample-model_opinion_full_seed-1 is there already, by sweep.json: runs[0]',
    );
    const taught = (teacher: object) => ({ method: 'supermask', teacher });
    expect(() => expand({ grid, runs: [row, taught({ method: 'fall' })] })).toThrow(
      'runs[1]: "teacher": no other run of the sweep with task opinion, seed 1, method fall; expected one',
    );
    const two = [row, { ...row, epochs: 6 }, taught(row)];
    expect(() => expand({ grid, runs: two })).toThrow(
      '"teacher": 2 runs (sample-model_opinion_full_seed-1, …)',
    );
    const circle = [
      { method: 'adapters', teacher: { method: 'supermask' } },
      { method: 'supermask', teacher: { method: 'adapters' } },
    ];
    expect(() => expand({ grid, runs: circle })).toThrow('would teach itself');
    const many = Array.from({ length: 1001 }, (_, i) => i);
    expect(() => expand({ grid: { seed: many, epochs: many, density: many } })).toThrow('1003003001 runs');
  });
});

describe('chooseRuns', () => {
  const runs = expand({
    grid: { task: ['opinion', 'inference'], seed: [1, 2] },
    runs: [{ method: 'full' }, { method: 'supermask', teacher: { method: 'full' } }],
  });

  it('takes those with one of the values, and their teachers', () => {
    const chosen = chooseRuns(runs, { task: ['opinion'], seed: ['2'], method: ['supermask'] });
    expect(chosen.map(({ name }) => name)).toEqual([
      'sample-model_opinion_full_seed-2',
      'sample-model_opinion_supermask_taught-by-full_seed-2',
    ]);
    expect(chooseRuns(runs, {})).toEqual(runs);
  });

  it('refuses values that no run has', () => {
    expect(() => chooseRuns(runs, { seed: ['1', '3'] })).toThrow(
      'no run of the sweep has seed 3: seed is 1, 2',
    );
    expect(() => chooseRuns(runs, { density: ['1'] })).toThrow('has density 1: none says density');
  });
});

describe('runName', () => {
  it('depends on what a run is, in an order of its own', () => {
    const options = { bottleneck: '64', epochs: '6', method: 'adapters', seed: '1', 'train-rows': '8000' };
    const places = { base: 'models/all-MiniLM-L6-v2/', data: 'glue/SST-2', threads: '2' };
    expect(runName({ ...options, ...places, task: 'sst2' })).toBe(
      'all-MiniLM-L6-v2_sst2_8000-rows_adapters_seed-1_epochs-6-bottleneck-64',
    );
    expect(runName({ task: 'tasks/mine.json', method: 'full', teacher: 'a/b', exclude: 'key,query' })).toBe(
      'sample-model_mine_full_taught-by-b_exclude-key,query',
    );
    expect(runName({ task: 'mrpc', method: 'diff-pruning', density: '0.001' })).toBe(
      'sample-model_mrpc_diff-pruning_0.001',
    );
  });

  it('is short enough for a folder, and still tells runs apart', () => {
    const named = (last: string) =>
      runName({ task: 'mrpc', method: 'full', exclude: 'key,'.repeat(99) + last });
    expect(named('a')).toHaveLength(200);
    expect(named('a')).not.toBe(named('b'));
    expect(runName({ task: 'x/../..', method: '\u0000' })).toBe('sample-model_.._-');
  });
});
