import { JsonError, parseJson } from '@diffprune/files';
import { DataFileError } from './errors.ts';
import { readLines } from './lines.ts';
import type { DataRecord } from './records.ts';

/**
 * Reads a file with one JSON object on each line (JSON Lines, https://jsonlines.org). Empty lines are passed over. Each
 * record is made when it is asked for.
 *
 * @param content the file's bytes (UTF-8)
 * @param file the file's name, for messages
 * @throws DataFileError naming the line that is no JSON object, or one of more than 100 levels; for a line that `readLines` refuses; for a file without
 * any
 */
export function* parseJsonl(content: Uint8Array, file: string): Generator<DataRecord> {
  let any = false;
  for (const { line, text } of readLines(content, file)) {
    if (text.trim() === '') continue;
    any = true;
    yield { fields: parseObject(text, file, line), file, line };
  }
  if (!any) throw new DataFileError(file, undefined, 'the file is empty; expected rows of data');
}

function parseObject(text: string, file: string, line: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw new DataFileError(file, line, error.message);
    throw error;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DataFileError(file, line, 'not a JSON object, such as {"sentence": "a text", "label": 1}');
  }
  return value as Record<string, unknown>;
}
