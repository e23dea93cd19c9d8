import { softmax, type RowOutputs } from '@diffprune/glue';
import type { ContextWindow, SpanFeatures } from './encode-questions.ts';
import type { QuestionExample } from './question.ts';
import type { SpanSettings } from './span-settings.ts';

/** A stretch of the context as an answer, or in version 2.0 *no answer*: the empty text. */
export interface SpanCandidate {
  readonly text: string;
  /** Its place in the context, [start, end) in UTF-16 units; both 0 for the empty text. */
  readonly start: number;
  readonly end: number;
  /** Among the candidates, by their scores. */
  readonly probability: number;
  readonly startLogit: number;
  readonly endLogit: number;
}

/** The answer to a question. */
export interface SpanAnswer {
  readonly id: string;
  /** A slice of the context; `''` where there is no answer, or no word in the context. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly probability: number;
  /** Version 2.0: the score of *no answer* minus the best answer's; the larger, the less there is one. */
  readonly nullScore?: number;
  /** The candidates, the best one first. */
  readonly nBest: readonly SpanCandidate[];
}

/** What a window says of a stretch of pieces. */
interface ScoredSpan {
  /** Numbers of its first and last piece in the whole context; both -1 for *no answer*. */
  readonly first: number;
  readonly last: number;
  readonly startLogit: number;
  readonly endLogit: number;
}

/**
 * The answers that a model's logits say: of all stretches of at most `maxAnswerLength` pieces in all windows of a
 * question, the one with the greatest sum of its start's and its end's logit (Devlin et al. 2019, section 4.2).
 *
 * A stretch that lies in several windows counts once, with the best of its scores, as in transformers' `run_qa.py`
 * (where it stays there several times among the candidates). BERT's original code takes each piece from the one window
 * in which most surrounds it instead. That is not done: a window learns to point to [CLS] where it does not hold the
 * whole answer, so that its other scores are low already; and in short windows no stretch could cross from one's part to
 * the next's. All stretches are compared, not those alone that begin and end at one of the best logits.
 *
 * In version 2.0 the score of *no answer* is the lowest that the windows give [CLS] as start and end (section 4.3), since
 * an answer that is not in one window may be in another.
 *
 * An answer is the slice of the context from its first piece to its last, and the accents on its last letter, which the
 * tokenizer removes where they are characters of their own. Probabilities are the softmax of the candidates' scores.
 */
export function decodeSpans(
  outputs: RowOutputs,
  examples: readonly QuestionExample[],
  { windows, contexts }: SpanFeatures,
  settings: SpanSettings,
): SpanAnswer[] {
  const rowsOf = examples.map((): number[] => []);
  windows.forEach(({ example }, row) => rowsOf[example]!.push(row));
  const { start_logits: starts, end_logits: ends } = outputs;
  return examples.map(({ id, context }, number) => {
    const { starts: from, ends: to } = contexts[number]!;
    const best: ScoredSpan[] = [];
    let none: ScoredSpan | undefined;
    for (const row of rowsOf[number]!) {
      const [start, end] = [starts![row]!, ends![row]!];
      collectSpans(best, start, end, windows[row]!, settings);
      const empty = { first: -1, last: -1, startLogit: start[0]!, endLogit: end[0]! };
      if (none === undefined || score(empty) < score(none)) none = empty;
    }
    const [top] = best;
    const spans = settings.version2 ? [...best, none!].sort((a, b) => score(b) - score(a)) : best;
    const probabilities = softmax(spans.map(score));
    const nBest = spans.map(({ first, last, startLogit, endLogit }, i): SpanCandidate => {
      const [start, end] = first < 0 ? [0, 0] : [from[first]!, withMarks(context, to[last]!, from[last + 1])];
      return {
        text: context.slice(start, end),
        start,
        end,
        probability: probabilities[i]!,
        startLogit,
        endLogit,
      };
    });
    const nullScore = top === undefined ? Infinity : score(none!) - score(top);
    const chosen = settings.version2 && nullScore > settings.nullThreshold ? none : top;
    const answer = nBest[spans.indexOf(chosen!)];
    const { text, start, end, probability } = answer ?? { text: '', start: 0, end: 0, probability: 0 };
    return { id, text, start, end, probability, ...(settings.version2 && { nullScore }), nBest };
  });
}

/** The end of a stretch, behind the accents that the tokenizer has removed from its last letter. */
function withMarks(context: string, end: number, next = context.length): number {
  const marks = /\p{M}*/uy;
  marks.lastIndex = end;
  return Math.min(next, end + marks.exec(context)![0].length);
}

function score({ startLogit, endLogit }: ScoredSpan): number {
  return startLogit + endLogit;
}

/** Adds a window's stretches to the best, which stay in order and no more than `nBest`. */
function collectSpans(
  best: ScoredSpan[],
  starts: Float32Array,
  ends: Float32Array,
  { first: offset, size, position }: ContextWindow,
  { maxAnswerLength, nBest }: SpanSettings,
): void {
  for (let i = 0; i < size; i++) {
    const startLogit = starts[position + i]!;
    const stop = Math.min(size, i + maxAnswerLength);
    for (let j = i; j < stop; j++) {
      const endLogit = ends[position + j]!;
      if (best.length === nBest && startLogit + endLogit <= score(best[nBest - 1]!)) continue;
      insert(best, { first: offset + i, last: offset + j, startLogit, endLogit }, nBest);
    }
  }
}

function insert(best: ScoredSpan[], span: ScoredSpan, nBest: number): void {
  const twin = best.findIndex(({ first, last }) => first === span.first && last === span.last);
  if (twin >= 0 && score(best[twin]!) >= score(span)) return;
  if (twin >= 0) best.splice(twin, 1);
  const found = best.findIndex((other) => score(other) < score(span));
  best.splice(found < 0 ? best.length : found, 0, span);
  if (best.length > nBest) best.pop();
}
