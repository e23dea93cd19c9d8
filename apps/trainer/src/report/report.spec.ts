import type { Measure } from '@diffprune/training';
import type { MetricsLine } from '../run-folder/metrics-log.ts';
import { renderReport } from './report.ts';

const metrics: MetricsLine[] = [1, 2, 3].map((step) => {
  const rates = { learningRateFactor: 1, examplesPerSecond: 10 };
  return { kind: 'step', stage: 'fine-tuning', step, epoch: 1, loss: 1 / step, gradientNorm: 1, ...rates };
});
const evaluated = { dev: { scores: { accuracy: 0.75 }, main: 0.75 } };
metrics.push({ kind: 'evaluation', stage: 'fine-tuning', step: 3, epoch: 1, splits: evaluated });
const sampled = { count: 10, mean: { accuracy: 0.7 }, deviation: { accuracy: 0.02 } };
metrics.push({
  ...{ kind: 'evaluation', stage: 'mask-training', step: 3, epoch: 1, splits: evaluated },
  samples: { dev: sampled },
});
const stored = { dev: { scores: { accuracy: 0.625 }, main: 0.625 } };
metrics.push({ kind: 'stored', values: 'int4', relativeError: 0.1, splits: stored });

describe('renderReport', () => {
  const rest = { groups: [], answers: {}, command: 'train' };

  it('shows facts, scores and plots in one file, and escapes what HTML would read as its own', async () => {
    const parts = [{ part: 'layer 0', changed: 5, zeros: 1, pruned: 0, parameters: 100 }];
    const warnings = ['nothing was learnt & <b>'];
    const facts = [['data', `<script>alert("1")</script> & 'more'`]] as const;
    const html = await renderReport({ title: 'Full <b>', facts, warnings, metrics, parts, ...rest });
    expect(html).toContain('<p class="warning">nothing was learnt &amp; &lt;b&gt;</p>');
    expect(html).toContain('<h1>Full &lt;b&gt;</h1>');
    expect(html).toContain('<dd>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;</dd>');
    expect(html).toContain(
      '<th scope="row">fine-tuning</th><td class="number">1</td><td class="number">3</td><td>dev</td><td>accuracy 0.7500</td>',
    );
    expect(html).toContain(
      '<th scope="row">mask-training</th><td class="number">1</td><td class="number">3</td><td>dev</td><td>accuracy 0.7000 ± 0.0200 over 10 samples</td>',
    );
    expect(html).toContain(
      '<th scope="row">stored as int4</th><td class="number"></td><td class="number"></td><td>dev</td><td>accuracy 0.6250</td>',
    );
    expect(html).toContain(
      '<th scope="row">layer 0</th><td class="number">5</td><td class="number">1</td><td class="number">100</td>',
    );
    expect(html.match(/<svg/g)).toHaveLength(5);
    expect(html).not.toMatch(/(src|href)=|@import|url\(/);
  });

  it('says how much of each part was pruned, where anything was', async () => {
    const layer = { part: 'layer 0', changed: 5, zeros: 0, pruned: 90, parameters: 100 };
    const content = { title: 'pruned', facts: [], warnings: [], metrics, ...rest };
    const html = await renderReport({ ...content, parts: [layer] });
    expect(html).toContain(
      '<th scope="col" class="number">pruned to 0</th><th scope="col" class="number">parameters</th>',
    );
    expect(html).toContain(
      '<th scope="row">layer 0</th><td class="number">5</td><td class="number">0</td><td class="number">90</td><td class="number">100</td>',
    );
    expect(await renderReport({ ...content, parts: [{ ...layer, pruned: 0 }] })).not.toContain('pruned to 0');
  });

  it('plots what steps report and changes, against the path that it is steered along', async () => {
    const steps = (report: (step: number) => Record<string, number>): MetricsLine[] =>
      [1, 2, 3].map((step) => {
        const rates = { learningRateFactor: 1, examplesPerSecond: 10, loss: 1, gradientNorm: 1 };
        return { kind: 'step', stage: 'l0-training', step, epoch: 1, ...rates, ...report(step) };
      });
    const measures: Measure[] = [
      {
        name: 'density',
        title: 'density',
        kind: 'fraction',
        path: 'pathDensity',
        heading: 'How dense & how sparse',
      },
      { name: 'price', title: 'λ', kind: 'magnitude', heading: 'λ, a price' },
    ];
    const content = { title: 'gates', facts: [], warnings: [], parts: [], measures, ...rest };
    const steered = steps((step) => ({ density: 1 / step, pathDensity: 1 / (step + 1), price: 1e-7 * step }));
    const html = await renderReport({ ...content, metrics: steered });
    expect(html.match(/<svg/g)).toHaveLength(7);
    expect(html).toContain('<figcaption>How dense &amp; how sparse</figcaption>');
    expect(html).toContain('<figcaption>λ, a price</figcaption>');
    expect(html.match(/>path</g)).toHaveLength(1);
    const constant = steps((step) => ({ density: 1 / step, price: 1e-7 }));
    expect((await renderReport({ ...content, metrics: constant })).match(/<svg/g)).toHaveLength(6);
    expect((await renderReport({ ...content, metrics })).match(/<svg/g)).toHaveLength(5);
  });
});
