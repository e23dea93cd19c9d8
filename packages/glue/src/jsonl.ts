import { DataFileError } from './errors.ts';
import type { DataRecord } from './records.ts';
import { decodeUtf8 } from './utf8.ts';

/**
 * Reads a file with one JSON object on each line (JSON Lines, https://jsonlines.org). Empty lines are passed over.
 *
 * @param content the file's bytes (UTF-8)
 * @param file the file's name, for messages
 * @throws DataFileError naming the line that is no JSON object; for a file without any
 */
export function parseJsonl(content: Uint8Array, file: string): DataRecord[] {
  const lines = decodeUtf8(content, file).split('\n');
  const records = lines.flatMap((text, position): DataRecord[] => {
    if (text.trim() === '') return [];
    const line = position + 1;
    return [{ fields: parseObject(text, file, line), file, line }];
  });
  if (records.length === 0)
    throw new DataFileError(file, undefined, 'the file is empty; expected rows of data');
  return records;
}

function parseObject(text: string, file: string, line: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DataFileError(file, line, `not JSON (${(error as Error).message})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DataFileError(file, line, 'not a JSON object, such as {"sentence": "a text", "label": 1}');
  }
  return value as Record<string, unknown>;
}
