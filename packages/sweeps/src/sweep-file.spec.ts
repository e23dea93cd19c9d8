import fc from 'fast-check';
import { parseSweep } from './sweep-file.ts';

const parse = (value: unknown) => parseSweep(value, 'sweep.json');
const grid = { task: 'opinion', method: 'full' };

describe('parseSweep', () => {
  it('takes lists, single values and options that come together', () => {
    const task = ['opinion', { task: 'inference', epochs: 5 }];
    const runs = [{ method: 'full', seed: [1, 2] }, { method: 'supermask' }];
    expect(parse({ name: 'a', options: { density: 0.005 }, grid: { task }, runs })).toEqual({
      ...{ path: 'sweep.json', name: 'a', options: { density: '0.005' } },
      grid: [{ name: 'task', points: [{ task: 'opinion' }, { task: 'inference', epochs: '5' }] }],
      rows: [
        [
          { name: 'method', points: [{ method: 'full' }] },
          { name: 'seed', points: [{ seed: '1' }, { seed: '2' }] },
        ],
        [{ name: 'method', points: [{ method: 'supermask' }] }],
      ],
    });
  });

  it('keeps what a teacher is to have', () => {
    const { options } = parse({ name: 'a', grid, options: { teacher: { method: 'full', seed: 1 } } });
    expect(options).toEqual({ teacher: { method: 'full', seed: '1' } });
    const teacher = [{ method: 'full' }, 'models/teacher', { teacher: { method: 'full' }, distillation: 1 }];
    expect(parse({ name: 'a', runs: [{ teacher }] }).rows[0]![0]!.points).toEqual([
      { teacher: { method: 'full' } },
      { teacher: 'models/teacher' },
      { teacher: { method: 'full' }, distillation: '1' },
    ]);
  });

  it.each([
    [[], 'sweep.json: a sweep is [], expected an object'],
    [{ grid }, 'sweep.json: "name" is undefined, expected letters, digits, "-", "_" and "."'],
    [{ name: '../a', grid }, '"name" is "../a"'],
    [{ name: 'a' }, 'sweep.json: neither "grid" nor "runs": there is no run'],
    [{ name: 'a', rows: [] }, 'unknown part "rows"; a sweep has name, description, options, grid, runs'],
    [{ name: 'a', runs: [] }, '"runs" must be a list of at least one row'],
    [{ name: 'a', runs: [{}, 3] }, 'sweep.json: runs[1] is 3, expected an object'],
    [{ name: 'a', grid: { seed: [] } }, 'sweep.json: grid: "seed" is an empty list'],
    [{ name: 'a', grid, options: { epochs: [1] } }, 'sweep.json: options: "epochs" is [1], expected a text or'],
    [{ name: 'a', runs: [{ epochs: [[1]] }] }, 'sweep.json: runs[0]: "epochs" is [1], expected a text or number'],
    [{ name: 'a', runs: [{ task: [{ epochs: 1 }] }] }, '"task" is {"epochs":1}, expected a text or number as --task takes it, or an object with "task" in it'],
    [{ name: 'a', runs: [{ batchSize: 3 }] }, 'runs[0]: "batchSize" is no option; expected one of train\'s, without its dashes; is "batch-size" meant?'],
    [{ name: 'a', runs: [{ '--epochs': 3 }] }, 'is "epochs" meant?'],
    [{ name: 'a', runs: [{ out: 'here' }] }, 'runs[0]: "out" is for the sweep to say; leave it out'],
    [{ name: 'a', runs: [{ teacher: {} }] }, 'runs[0]: "teacher" is {}, expected options of a run'],
    [{ name: 'a', runs: [{ seed: true }] }, 'runs[0]: "seed" is true, expected a text or number as --seed takes it'],
  ])('refuses %j', (value, message) => {
    expect(() => parse(value)).toThrow(message);
  }); // prettier-ignore

  it('either refuses any JSON as a SweepError or makes texts of it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.jsonValue({ maxDepth: 3 }), (runs, options) => {
        try {
          const { rows } = parse({ name: 'a', runs, options });
          for (const { points } of rows.flat()) expect(points.length).toBeGreaterThan(0);
        } catch (error) {
          expect((error as Error).name).toBe('SweepError');
        }
      }),
    );
  });
});
