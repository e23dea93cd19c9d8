import { expandSweep } from './expand-sweep.ts';
import { describeLine, formatSummary, formatTable } from './format-summary.ts';
import { summarize, type RunResult } from './summarize.ts';
import { parseSweep } from './sweep-file.ts';

const file = {
  name: 'pruning',
  grid: { task: [{ task: 'opinion', epochs: 6 }, 'similarity'], seed: [1, 2, 3] },
  runs: [{ method: 'full' }, { method: 'l0-pruning', remaining: [0.1, 0.03], teacher: { method: 'full' } }],
};
const runs = expandSweep(parseSweep(file, 'sweep.json'));

const results: Readonly<Record<string, RunResult>> = Object.fromEntries(
  runs.map(({ name, task, seed, line }): [string, RunResult] => {
    const score = Number(`0.${line['remaining'] === undefined ? 9 : 8}${seed}`);
    const metrics = task === 'opinion' ? { accuracy: score } : { pearson: score, spearman: score };
    const sizes =
      line['method'] === 'full' ? { bytes: 5_820_059, changed: 1 } : { bytes: 2600, changed: 0.04 };
    return [name, { score, scores: metrics, ...sizes }];
  }),
);

describe('summarize', () => {
  it('has mean and sample deviation of each line and task, whatever the order of the results', () => {
    const { lines, tasks, metrics, missing, seeds } = summarize(file, runs, ({ name }) => results[name]);
    expect({ tasks, metrics, missing, seeds }).toEqual({
      tasks: ['opinion', 'similarity'],
      metrics: { opinion: ['accuracy'], similarity: ['pearson', 'spearman'] },
      missing: [],
      seeds: ['1', '2', '3'],
    });
    expect(lines).toHaveLength(3);
    const [cell] = lines[1]!.cells;
    expect(cell).toMatchObject({ task: 'opinion', wanted: 3, scores: [0.81, 0.82, 0.83] });
    expect(cell!.mean).toBeCloseTo(0.82, 12);
    expect(cell!.deviation).toBeCloseTo(0.01, 12);
    expect(lines[0]!.mean).toBeCloseTo(0.92, 12);
    expect(lines.map((line) => describeLine(line))).toEqual([
      'full',
      'l0-pruning, remaining 10%, teacher full',
      'l0-pruning, remaining 3%, teacher full',
    ]);
  });

  it('is a table that says what is missing', () => {
    const there = runs.filter(({ seed, line, task }) => {
      return line['remaining'] !== '0.03' && (seed === '1' || task === 'opinion');
    });
    const names = new Set(there.map(({ name }) => name));
    const summary = summarize(file, runs, ({ name }) => (names.has(name) ? results[name] : undefined));
    expect(formatSummary(summary).split('\n')).toEqual([
      ...['# pruning', ''],
      '| method | remaining | teacher | opinion | similarity | mean | changed | kB |',
      '| --- | --- | --- | --- | --- | --- | --- | --- |',
      '| full | – | – | 92.0 ± 1.0 | 91.0 (1 of 3) | – | 100% | 5820 |',
      '| l0-pruning | 10% | full | 82.0 ± 1.0 | 81.0 (1 of 3) | – | 4% | 2.6 |',
      '| l0-pruning | 3% | full | – | – | – | – | – |',
      '',
      'Scores on the dev split × 100 (opinion: accuracy; similarity: pearson and spearman), mean ± sample standard deviation over the seeds 1, 2, 3; mean: over the tasks. changed: part of the base that the diff changes; kB: its file.',
      '',
      expect.stringMatching(/^Not there: `sample-model_opinion_l0-pruning_remaining-0\.03_.+`\.$/),
      '',
    ]);
  });

  it('shows a single run without a deviation', () => {
    const [run] = runs;
    expect(
      formatTable(summarize(file, [run!], ({ name }) => results[name]))
        .split('\n')
        .at(-1),
    ).toBe('| full | 91.0 | 100% | 5820 |');
  });
});
