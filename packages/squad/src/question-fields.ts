import { excerptJson } from '@diffprune/files';
import { DataFileError } from '@diffprune/glue';
import { codePointPlaces } from './code-points.ts';
import type { GoldAnswer, QuestionExample } from './question.ts';

/** Where in a file something stands, for messages. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  /** Within it, such as `article "Normans", question "56dd"`. */
  readonly within: string;
}

export function problemAt({ file, line, within }: Place, problem: string): DataFileError {
  return new DataFileError(file, line, within === '' ? problem : `${within}: ${problem}`);
}

type Fields = Readonly<Record<string, unknown>>;

/** @throws DataFileError unless the value is an object */
export function objectOf(value: unknown, name: string, place: Place): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw problemAt(place, `${name} is ${excerptJson(value)}, expected an object`);
}

/** @throws DataFileError unless the field is there and a list */
export function listField(fields: Fields, name: string, place: Place): readonly unknown[] {
  const value = fieldOf(fields, name, place);
  if (Array.isArray(value)) return value as unknown[];
  throw problemAt(place, `"${name}" is ${excerptJson(value)}, expected a list`);
}

/** @throws DataFileError unless the field is there and a text */
export function textField(fields: Fields, name: string, place: Place): string {
  const value = fieldOf(fields, name, place);
  if (typeof value === 'string') return value;
  throw problemAt(place, `"${name}" is ${excerptJson(value)}, expected a text`);
}

function fieldOf(fields: Fields, name: string, place: Place): unknown {
  if (Object.hasOwn(fields, name)) return fields[name];
  const names = Object.keys(fields).map((found) => JSON.stringify(found));
  throw problemAt(place, `no field "${name}", only ${names.slice(0, 20).join(', ') || 'an empty object'}`);
}

/** An answer as a file has it. */
export interface StatedAnswer {
  readonly text: unknown;
  /** In code points. */
  readonly start: unknown;
}

/**
 * A question of a file, checked.
 *
 * @param stated its answers; undefined where nobody knows
 * @throws DataFileError for an answer that is not at its place in the context
 */
export function questionExample(
  texts: Pick<QuestionExample, 'id' | 'question' | 'context'>,
  stated: readonly StatedAnswer[] | undefined,
  place: Place,
  placesOf = codePointPlaces(texts.context),
): QuestionExample {
  const answers = stated?.map((answer) => goldAnswer(answer, texts.context, placesOf, place));
  return { ...texts, ...(answers && { answers }) };
}

function goldAnswer(
  { text, start }: StatedAnswer,
  context: string,
  placesOf: (codePoints: number) => number | undefined,
  place: Place,
): GoldAnswer {
  if (typeof text !== 'string' || text === '') {
    throw problemAt(place, `the text of an answer is ${excerptJson(text)}, expected one of some characters`);
  }
  if (!Number.isSafeInteger(start) || (start as number) < 0) {
    throw problemAt(place, `"answer_start" is ${excerptJson(start)}, expected a number of characters`);
  }
  const at = placesOf(start as number);
  if (at !== undefined && context.startsWith(text, at)) return { text, start: at };
  const found =
    at === undefined ? 'the end of the context' : excerptJson(context.slice(at, at + text.length));
  throw problemAt(
    place,
    `the answer ${excerptJson(text)} is not at character ${String(start)} of its context, where ${found} is; ` +
      'correct "answer_start", which counts code points from 0, or take the question out',
  );
}
