import type { Features, TextPieces, WordPieces } from '@diffprune/glue';
import { answerPieces } from './answer-pieces.ts';
import type { QuestionExample } from './question.ts';
import { checkSpanSettings, type SpanSettings } from './span-settings.ts';

/** A row: which pieces of which example's context it has. */
export interface ContextWindow {
  /** Number of the example. */
  readonly example: number;
  /** Number of the first piece, counted in the whole context. */
  readonly first: number;
  /** How many pieces. */
  readonly size: number;
  /** The position of the first piece in the row. */
  readonly position: number;
}

/** Rows of questions, with what it takes to find answers in their contexts. */
export interface SpanFeatures extends Features {
  /** Of each row. */
  readonly windows: readonly ContextWindow[];
  /** Of each example. */
  readonly contexts: readonly TextPieces[];
}

/**
 * Encodes questions as [CLS] question [SEP] window of the context [SEP] (Devlin et al. 2019, section 4.2). A context
 * that is too long for one row has several: each begins `docStride` pieces before the end of the one before, as
 * transformers' `run_qa.py` has it (`only_second` truncation with `stride`; in BERT's original code a stride is the
 * distance of two beginnings).
 *
 * The labels `start_positions` and `end_positions` are those of the first answer's pieces in the row; they are 0, the
 * position of [CLS], where the window does not hold the whole answer and where there is none, as in `run_qa.py`. So a
 * window learns that its answer is elsewhere. (The loss of the span head would leave out a row with positions outside it.)
 * Where an answer begins or ends within a piece, its pieces are those that it touches. `run_qa.py` has the same but where
 * an answer begins or ends in what belongs to no piece (white space, an accent of its own), which takes in the word beyond,
 * and, as its own comment says, where it begins in the last piece of a window, where it labels the row's last position.
 *
 * @param maxLength the longest row, in tokens
 * @throws RangeError as {@link checkSpanSettings}, if only some examples have answers, and for one that has
 *   none where the settings are not version 2.0's; TypeError for a tokenizer
 *   that does not say where its pieces are
 */
export function encodeQuestions(
  examples: readonly QuestionExample[],
  wordPieces: WordPieces,
  maxLength: number,
  settings: SpanSettings,
): SpanFeatures {
  checkSpanSettings(settings, maxLength);
  if (wordPieces.encode === undefined) {
    throw new TypeError('the tokenizer has no "encode", which says where in a text its pieces are');
  }
  const labelled = isLabelled(examples);
  const tokens: number[] = [];
  const offsets = [0];
  const firstLengths: number[] = [];
  const labels = { start_positions: [] as number[], end_positions: [] as number[] };
  const windows: ContextWindow[] = [];
  // the questions about one context follow each other
  const known = new Map<string, TextPieces>();
  const contexts = examples.map((example, number) => {
    const { question, context, answers } = example;
    const ids = Array.from(wordPieces.ids(question)).slice(0, settings.maxQuestionLength);
    let pieces = known.get(context);
    if (pieces === undefined) known.set(context, (pieces = wordPieces.encode!(context)));
    const position = ids.length + 2;
    const room = maxLength - position - 1;
    if (answers?.length === 0 && !settings.version2) {
      throw new RangeError(`question ${example.id} has no answer, which is a matter of SQuAD 2.0 alone`);
    }
    const [gold] = answers ?? [];
    const span = gold && answerPieces(pieces, gold.start, gold.start + gold.text.length);
    for (let first = 0; ; first += room - settings.docStride) {
      const size = Math.min(room, pieces.ids.length - first);
      windows.push({ example: number, first, size, position });
      tokens.push(wordPieces.clsId, ...ids, wordPieces.sepId);
      for (let i = first; i < first + size; i++) tokens.push(pieces.ids[i]!);
      tokens.push(wordPieces.sepId);
      offsets.push(tokens.length);
      firstLengths.push(position);
      const inside = span !== undefined && span.first >= first && span.last < first + size;
      labels.start_positions.push(inside ? span.first - first + position : 0);
      labels.end_positions.push(inside ? span.last - first + position : 0);
      if (first + size >= pieces.ids.length) break;
    }
    return pieces;
  });
  return {
    size: windows.length,
    tokens: Int32Array.from(tokens),
    offsets: Int32Array.from(offsets),
    firstLengths: Int32Array.from(firstLengths),
    ...(labelled && {
      labels: {
        start_positions: Int32Array.from(labels.start_positions),
        end_positions: Int32Array.from(labels.end_positions),
      },
    }),
    padId: wordPieces.padId,
    windows,
    contexts,
  };
}

function isLabelled(examples: readonly QuestionExample[]): boolean {
  const without = examples.find(({ answers }) => answers === undefined);
  if (without === undefined) return examples.length > 0;
  if (examples.every(({ answers }) => answers === undefined)) return false;
  throw new RangeError(`question ${without.id} has no answers and others do; give all or none`);
}
