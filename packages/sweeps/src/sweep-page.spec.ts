import { describeChromium, readers } from '@diffprune/testing/chromium';
import { expandSweep } from './expand-sweep.ts';
import { summarize, type RunResult } from './summarize.ts';
import { formatPage, numericOptions, plotsAgainst } from './sweep-page.ts';
import { parseSweep } from './sweep-file.ts';

const file = {
  name: 'sanh-figure-2',
  description: 'Pruning <methods> at several parts of the weights that remain.',
  grid: { task: ['opinion', 'inference'], seed: [1, 2] },
  runs: [
    { method: 'full', epochs: 6 },
    { method: ['magnitude-pruning', 'soft-movement-pruning'], remaining: [0.5, 0.1, 0.03] },
  ],
};
const runs = expandSweep(parseSweep(file, 'sweep.json'));
const resultOf = ({ line, seed, task }: (typeof runs)[number]): RunResult => {
  const left = Number(line['remaining'] ?? 1);
  const score = Number(
    (0.9 + 0.03 * Math.log10(left) - (task === 'opinion' ? 0 : 0.1) + 0.01 * Number(seed)).toFixed(4),
  );
  return { score, scores: { accuracy: score }, bytes: 2600 };
};
const summary = summarize(file, runs, resultOf);

it('plots the scores of each task, and their mean, against options that have several numbers', () => {
  expect(numericOptions(summary)).toEqual(['remaining']);
  const figures = plotsAgainst('remaining', summary);
  expect(figures.map(({ caption }) => caption)).toEqual(['opinion', 'inference', 'mean over the tasks']);
  const { layer } = figures[0]!.spec as unknown as { layer: { data: { values: object[] } }[] };
  const [levels, curves] = layer.map(({ data }) => data.values);
  expect(levels).toEqual(
    [0.03, 0.5].map((x) => ({
      ...{ x, line: 'full, epochs 6', score: expect.closeTo(91.5) },
      ...{
        low: expect.closeTo(91.5 - 100 * Math.SQRT1_2 * 0.01),
        high: expect.closeTo(91.5 + 100 * Math.SQRT1_2 * 0.01),
      },
    })),
  );
  expect(curves).toHaveLength(6);
  expect(curves![1]).toMatchObject({ x: 0.1, line: 'magnitude-pruning', score: expect.closeTo(88.5) });
});

it('is a page with the table and the plots', async () => {
  const html = await formatPage(summary);
  expect(html).toContain('Pruning &lt;methods&gt; at several parts');
  expect(html.match(/<svg/g)).toHaveLength(3);
  expect(html).toContain('Score against remaining');
  const some = summarize(file, runs, (run) => (run.line['method'] === 'full' ? resultOf(run) : undefined));
  const part = await formatPage(some);
  expect(part).not.toContain('<svg');
  expect(part).toContain('Not there: sample-model_opinion_magnitude-pruning_remaining-0.5_seed-1');
});

describeChromium('a sweep’s page', (view) => {
  it.each(readers)('is read at $width pixels, $scheme', async (reader) => {
    const seen = await view(await formatPage(summary), reader);
    expect(seen).toEqual({ logged: [], requests: [], overflowing: [], illegible: [] });
  });
});
