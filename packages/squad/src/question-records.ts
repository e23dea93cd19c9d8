import { excerptJson } from '@diffprune/files';
import type { DataRecord } from '@diffprune/glue';
import {
  listField,
  objectOf,
  type Place,
  problemAt,
  questionExample,
  type StatedAnswer,
  textField,
} from './question-fields.ts';
import type { QuestionExample } from './question.ts';

/**
 * The questions of JSONL or Parquet files, a record each, with the fields of the hub's `rajpurkar/squad` and
 * `rajpurkar/squad_v2`: `id`, `context`, `question`, and `answers` with the lists `text` and `answer_start` (or, as in
 * SQuAD's own JSON, a list of answers with a `text` and an `answer_start` each). Without answers in the list, the context
 * does not answer the question; where `answers` is left out, nobody knows. Where no record has an `id`, they are counted
 * from 0.
 *
 * @throws DataFileError naming the record for a field that is missing or not what it should be, and for an answer that is
 *   not at its place in the context
 */
export function questionRecords(records: Iterable<DataRecord>): QuestionExample[] {
  const examples: QuestionExample[] = [];
  let numbered: boolean | undefined;
  for (const { fields, file, line } of records) {
    const record = { file, line, within: '' };
    const named = hasValue(fields, 'id');
    numbered ??= !named;
    if (numbered === named) {
      const problem = named ? 'an "id", and the first has none' : 'no "id", and the first has one';
      throw problemAt(record, `${problem}; give all questions one, or none`);
    }
    const id = named ? idOf(fields['id'], record) : String(examples.length);
    const place = named ? { ...record, within: `question ${excerptJson(id)}` } : record;
    const texts = {
      question: textField(fields, 'question', place),
      context: textField(fields, 'context', place),
    };
    examples.push(questionExample({ id, ...texts }, answersOf(fields, place), place));
  }
  return examples;
}

type Fields = DataRecord['fields'];

function hasValue(fields: Fields, name: string): boolean {
  return Object.hasOwn(fields, name) && fields[name] !== null && fields[name] !== undefined;
}

function idOf(id: unknown, place: Place): string {
  if (typeof id === 'string' || typeof id === 'bigint' || Number.isSafeInteger(id)) return String(id);
  throw problemAt(place, `"id" is ${excerptJson(id)}, expected a text or an integer`);
}

function answersOf(fields: Fields, place: Place): StatedAnswer[] | undefined {
  if (!hasValue(fields, 'answers')) return undefined;
  if (Array.isArray(fields['answers'])) return statedAnswers(fields, place);
  const answers = objectOf(fields['answers'], '"answers"', place);
  const texts = listField(answers, 'text', place);
  const starts = listField(answers, 'answer_start', place);
  if (texts.length !== starts.length) {
    throw problemAt(place, `${texts.length} texts of answers and ${starts.length} of "answer_start"`);
  }
  return texts.map((text, i) => ({ text, start: starts[i] }));
}

/** The answers in a list, with a `text` and an `answer_start` each. */
export function statedAnswers(fields: Fields, place: Place): StatedAnswer[] {
  return listField(fields, 'answers', place).map((answer) => {
    const { text, answer_start: start } = objectOf(answer, 'an answer', place);
    return { text, start };
  });
}
