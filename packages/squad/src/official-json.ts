import { excerptJson, JsonError, parseJson } from '@diffprune/files';
import { DataFileError } from '@diffprune/glue';
import { codePointPlaces } from './code-points.ts';
import {
  listField,
  objectOf,
  type Place,
  problemAt,
  questionExample,
  type StatedAnswer,
  textField,
} from './question-fields.ts';
import { statedAnswers } from './question-records.ts';
import type { QuestionExample } from './question.ts';

/**
 * Reads the questions of a file in SQuAD's own JSON, of version 1.1 or 2.0. `is_impossible` says that there is no answer;
 * `plausible_answers` are left aside. A file without answers has questions without.
 *
 * @param content the file's bytes (UTF-8)
 * @param file the file's name, for messages
 * @throws DataFileError naming article and question where a field is missing or not what it should be, where an answer
 *   is not at its place in the context, and where there is no question
 */
export function parseSquadJson(content: Uint8Array, file: string): QuestionExample[] {
  const whole: Place = { file, within: '' };
  const examples: QuestionExample[] = [];
  for (const article of listField(objectOf(parse(content, file), 'the file', whole), 'data', whole)) {
    const number = { file, within: `article ${JSON.stringify(titleOf(article))}` };
    listField(objectOf(article, 'it', number), 'paragraphs', number).forEach((paragraph, i) => {
      const place = { file, within: `${number.within}, paragraph ${i + 1}` };
      const fields = objectOf(paragraph, 'it', place);
      const context = textField(fields, 'context', place);
      const placesOf = codePointPlaces(context);
      for (const qa of listField(fields, 'qas', place)) {
        examples.push(questionOf(qa, context, placesOf, place));
      }
    });
  }
  if (examples.length === 0) throw new DataFileError(file, undefined, 'no question in it');
  return examples;
}

function questionOf(
  qa: unknown,
  context: string,
  placesOf: (codePoints: number) => number | undefined,
  paragraph: Place,
): QuestionExample {
  const fields = objectOf(qa, 'a question', paragraph);
  const id = textField(fields, 'id', paragraph);
  const place = { file: paragraph.file, within: `${paragraph.within}, question ${JSON.stringify(id)}` };
  const question = textField(fields, 'question', place);
  return questionExample({ id, question, context }, answersOf(fields, place), place, placesOf);
}

function answersOf(fields: Readonly<Record<string, unknown>>, place: Place): StatedAnswer[] | undefined {
  const stated = Object.hasOwn(fields, 'answers') ? statedAnswers(fields, place) : undefined;
  const impossible = fields['is_impossible'];
  if (impossible === undefined) return stated;
  if (typeof impossible !== 'boolean') {
    throw problemAt(place, `"is_impossible" is ${excerptJson(impossible)}, expected true or false`);
  }
  if (stated !== undefined && stated.length > 0 === impossible) {
    const answers = impossible ? 'it has answers' : 'it has no answer';
    throw problemAt(place, `${answers}, and "is_impossible" is ${impossible}; correct one of the two`);
  }
  return impossible ? [] : stated;
}

function titleOf(article: unknown): unknown {
  const { title } = (article ?? {}) as { title?: unknown };
  return typeof title === 'string' ? title.slice(0, 100) : '';
}

/** The largest file that is parsed as one text, in bytes; six times SQuAD 2.0's. */
const maxBytes = 2 ** 28;

function parse(content: Uint8Array, file: string): unknown {
  if (content.length > maxBytes) {
    const problem = `${content.length} bytes, at most ${maxBytes} are read of a JSON file`;
    throw new DataFileError(file, undefined, `${problem}; make it JSONL, with a question on each line`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new DataFileError(file, undefined, 'not valid UTF-8; convert the file to UTF-8 and try again');
  }
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw new DataFileError(file, undefined, error.message);
    throw error;
  }
}
