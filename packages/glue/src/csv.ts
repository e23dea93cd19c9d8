import { DataFileError } from './errors.ts';
import { maxLineBytes, readLines } from './lines.ts';
import type { DataRecord } from './records.ts';
import { showNames, showValue } from './show-value.ts';
import type { Row } from './tsv.ts';

/** What may stand between fields, and what messages call fields that it separates. */
const separators = { ',': 'comma-separated', '\t': 'tab-separated' };

/**
 * Reads a file of comma-separated values as RFC 4180 has them: the first row names the fields, a field in double quotes
 * may hold commas and line breaks, and a double quote twice. Lines may end with or without a carriage return. Empty
 * lines are passed over. Each record is made when it is asked for.
 *
 * @param content the file's bytes (UTF-8)
 * @param file the file's name, for messages
 * @param separator of the fields: a tab for the tab-separated files that spreadsheets write in the same way
 * @returns records whose values are texts, each with the line where it begins
 * @throws DataFileError naming the line where a quote is out of place or the number of fields is not the header's; for a
 *   name that occurs twice; for a file without rows
 */
export function* parseCsv(
  content: Uint8Array,
  file: string,
  separator: keyof typeof separators = ',',
): Generator<DataRecord> {
  let any = false;
  let names: readonly string[] | undefined;
  for (const { line, fields } of csvRows(content, file, separator)) {
    if (names === undefined) {
      names = fields;
      checkHeader(names, file, line);
      continue;
    }
    if (fields.length !== names.length) {
      const problem = `${fields.length} ${separators[separator]} fields, the header names ${names.length}`;
      throw new DataFileError(file, line, `${problem} (${showNames(names)})`);
    }
    any = true;
    yield { fields: Object.fromEntries(names.map((name, i) => [name, fields[i]])), file, line };
  }
  if (any) return;
  const problem = names === undefined ? 'the file is empty' : 'no row of data below the header';
  throw new DataFileError(file, undefined, `${problem}; expected rows of data`);
}

const maxColumns = 2 ** 12;

function checkHeader(names: readonly string[], file: string, line: number): void {
  if (names.length > maxColumns) {
    throw new DataFileError(file, line, `${names.length} columns, at most ${maxColumns} are read`);
  }
  const twice = names.find((name, position) => names.indexOf(name) < position);
  if (twice !== undefined) throw new DataFileError(file, line, `two fields are named ${showValue(twice)}`);
}

function* csvRows(content: Uint8Array, file: string, separator: string): Generator<Row> {
  let fields: string[] = [];
  let quoted: string[] | undefined; // pieces of the field whose closing quote has not come yet
  let begun = 0;
  let bytes = 0;
  for (const { line, text } of readLines(content, file)) {
    const end = text.endsWith('\r') ? text.length - 1 : text.length;
    if (quoted === undefined) {
      if (end === 0) continue;
      [fields, begun, bytes] = [[], line, 0];
    } else {
      quoted.push('\n');
    }
    bytes += text.length + 1;
    if (bytes > maxLineBytes) {
      throw new DataFileError(
        file,
        begun,
        `a row of more than ${maxLineBytes} bytes; is a double quote not closed?`,
      );
    }
    for (let at = 0; at >= 0;) {
      if (quoted === undefined && text[at] === '"') {
        quoted = [];
        at++;
      }
      if (quoted === undefined) {
        const next = text.indexOf(separator, at);
        const field = text.slice(at, next < 0 ? end : next);
        if (field.includes('"')) throw misplacedQuote(file, line);
        fields.push(field);
        at = next < 0 ? -1 : next + 1;
        continue;
      }
      const quote = text.indexOf('"', at);
      quoted.push(text.slice(at, quote < 0 ? undefined : quote));
      if (quote < 0) break; // the line break belongs to the field
      if (text[quote + 1] === '"') {
        quoted.push('"');
        at = quote + 2;
        continue;
      }
      fields.push(quoted.join(''));
      quoted = undefined;
      at = quote + 2;
      if (quote + 1 === end) break;
      if (text[quote + 1] !== separator) throw misplacedQuote(file, line);
    }
    if (quoted === undefined) yield { line: begun, fields };
  }
  if (quoted !== undefined) throw new DataFileError(file, begun, 'a double quote is opened and never closed');
}

function misplacedQuote(file: string, line: number): DataFileError {
  return new DataFileError(
    file,
    line,
    'a double quote inside a field; put the whole field in double quotes and write each of its own twice',
  );
}
