import type { SpanAnswer } from './decode-spans.ts';

/** The file that the official scorer reads, `predictions.json`: each question's answer by its id. */
export function formatPredictions(answers: readonly SpanAnswer[]): string {
  return format(answers, ({ text }) => text);
}

/** `nbest_predictions.json`, as BERT's original code and transformers write it: each question's candidates. */
export function formatNBest(answers: readonly SpanAnswer[]): string {
  return format(answers, ({ nBest }) =>
    nBest.map(({ text, probability, startLogit, endLogit }) => ({
      text,
      probability,
      start_logit: startLogit,
      end_logit: endLogit,
    })),
  );
}

/** `null_odds.json`, which the scorer of version 2.0 reads as `--na-prob-file`: each question's score of *no answer*. */
export function formatNullOdds(answers: readonly SpanAnswer[]): string {
  return format(answers, ({ id, nullScore }) => {
    if (nullScore === undefined) throw new RangeError(`the answer to ${id} has no score of "no answer"`);
    // JSON has no infinity, which is the score where the context has no word
    return Math.min(nullScore, Number.MAX_VALUE);
  });
}

function format(answers: readonly SpanAnswer[], value: (answer: SpanAnswer) => unknown): string {
  const lines = answers.map((answer) => `  ${JSON.stringify(answer.id)}: ${JSON.stringify(value(answer))}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}
