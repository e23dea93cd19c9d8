import { heatMap, markup, plot, plots, table, type Markup, type PlotSpec } from '@diffprune/pages';
import type { AnswerReview } from '../tasks/review-answers.ts';

/** Characters of a text that are shown. */
const longest = 300;

/** The answers to a split: which classes are taken for which, or scores against what is right, and the worst errors. */
export async function answersSection({ classes, pairs, worst }: AnswerReview): Promise<readonly Markup[]> {
  const shown: Markup[] = [];
  if (classes) {
    const { labels, confusion, scores } = classes;
    shown.push(
      markup`<p>Rows by label, columns by answer:</p>\n`,
      heatMap(
        labels,
        labels.map((label, i) => [label, confusion[i]!]),
        (count) => count.toLocaleString('en'),
      ),
      table(
        ['class', 'precision', 'recall', 'F1', 'examples'],
        scores.map(({ precision, recall, f1, support }, i) => [
          labels[i]!,
          ...[precision, recall, f1].map((value) => value.toFixed(4)),
          support.toLocaleString('en'),
        ]),
      ),
    );
  }
  if (pairs) shown.push(plots(await plot('Scores answered, against what is right', scatter(pairs))));
  if (worst.length > 0) {
    shown.push(
      markup`<p>${pairs ? 'The scores that are farthest off:' : 'The wrong answers that the model is surest of:'}</p>\n`,
      table(
        ['example', 'text', 'expected', 'answered', pairs ? 'off by' : 'probability'],
        worst.map(({ index, text, expected, answered, size }) => [
          index,
          text.length > longest ? `${text.slice(0, longest)}…` : text,
          expected,
          answered,
          size.toFixed(3),
        ]),
      ),
    );
  }
  return shown;
}

function scatter(pairs: NonNullable<AnswerReview['pairs']>): PlotSpec {
  return {
    data: { values: pairs.map((pair) => ({ ...pair })) },
    mark: { type: 'point', filled: true, size: 12, opacity: 0.4 },
    encoding: {
      x: { field: 'expected', type: 'quantitative', title: 'right' },
      y: { field: 'answered', type: 'quantitative', title: 'answered' },
    },
  };
}
