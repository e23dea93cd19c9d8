import { describeChromium, readers } from '@diffprune/testing/chromium';
import type { MetricsLine } from '../run-folder/metrics-log.ts';
import { reviewAnswers } from '../tasks/review-answers.ts';
import type { PlacedChanges } from './placed-changes.ts';
import { renderReport, type ReportContent } from './report.ts';

const stages = ['l0-training', 'fixed-mask'];
const metrics: MetricsLine[] = stages.flatMap((stage) => [
  ...[1, 2, 3].map((step): MetricsLine => {
    const rates = { learningRateFactor: 1 / step, examplesPerSecond: 10 };
    const norms = { gradientNorm: step, alphaGradientNorm: 0.1 };
    return { kind: 'step', stage, step, epoch: 1, loss: 1 / step, ...norms, ...rates };
  }),
  {
    kind: 'evaluation',
    stage,
    step: 3,
    epoch: 1,
    splits: { dev: { scores: { accuracy: 0.75 }, main: 0.75 } },
  },
]);
const groups = [0, 1].flatMap((layer) =>
  ['query', 'key', 'value', 'attention output', 'intermediate', 'output'].map((module): PlacedChanges => {
    const counts = { parameters: 100, changed: 5 * layer, addsZero: 0, zeroed: 0, share: layer / 6 };
    const rates = { density: 0.05 * layer, sparsity: 0 };
    return {
      group: `bert.encoder.layer.${layer}.${module}.weight`,
      layer,
      module,
      isMatrix: true,
      ...counts,
      ...rates,
    };
  }),
);
const labels = ['no', 'yes'];
const examples = Array.from({ length: 9 }, (_, i) => ({
  index: String(i),
  textA: `A <b>long</b> text that says something about row ${i}, and more of it than a phone is wide`,
  label: i % 2,
}));
const answers = examples.map(({ index }) => ({ index, value: 1, probabilities: [0.25, 0.75] }));
const scores = examples.map(({ index }, i) => ({ index, value: i / 3 }));
const content: ReportContent = {
  title: 'Structured diff pruning on a task with a long name',
  facts: [['fingerprint', '0123456789abcdef'.repeat(4)]],
  warnings: ['nothing was learnt'],
  metrics,
  parts: [{ part: 'layer 0', changed: 5, zeros: 1, pruned: 0, parameters: 100 }],
  groups,
  answers: {
    dev: reviewAnswers({ labels, problemType: 'single_label_classification' }, answers, examples),
    scores: reviewAnswers({ labels: [], problemType: 'regression' }, scores, examples),
  },
  command: `diffprune-train train --data ${'folder/'.repeat(30)}`,
};

it('shows answers beside what is right, gradients, rates, each matrix and how to repeat the run', async () => {
  const html = await renderReport(content);
  expect(html).toContain('<h2>Answers on dev</h2>');
  // five rows of class 0 and four of class 1, all answered by 1
  expect(html).toContain('<td class="number" style="--shade:100%">5</td>');
  expect(html).toContain(
    '<th scope="row">yes</th><td class="number">0.4444</td><td class="number">1.0000</td>',
  );
  expect(html).toContain('A &lt;b&gt;long&lt;/b&gt; text that says something about row 0');
  expect(html).toContain('>alpha</text>');
  expect(html).toContain('<td class="number" style="--shade:100%">5.0%</td>');
  expect(html).toContain('<pre>diffprune-train train --data folder/');
});

describeChromium('the report of a run', (view) => {
  it.each(readers)('is read at $width pixels, $scheme', async (reader) => {
    expect(await view(await renderReport(content), reader)).toEqual({
      logged: [],
      requests: [],
      overflowing: [],
      illegible: [],
    });
  });
});
