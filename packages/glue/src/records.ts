import { DataFileError } from './errors.ts';
import type { Example, Examples } from './examples.ts';
import { checkIndex } from './examples.ts';
import { problemTypeOf } from './problem-types.ts';
import { showNames, showValue } from './show-value.ts';
import type { Task } from './task.ts';
import { splitLayout } from './task.ts';

/** A row of a JSONL, CSV or Parquet file: values by field. */
export interface DataRecord {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly file: string;
  /** 1-based line of a JSONL or CSV file, 1-based row of a Parquet file. */
  readonly line: number;
}

/** Names of the fields with a record's texts. */
export interface TextFields {
  readonly textA: string;
  readonly textB?: string;
}

/** What the field with a row's identifier is called. */
export const indexNames = ['idx', 'index'] as const;

/**
 * The rows of a task's split from records with the fields that the task names, or else those that the data set
 * `nyu-mll/glue` has: the texts, `label` and `idx` (or `index`). A label is a class or score, or the name of a class as
 * the task spells it; it is not read in a split without labels. Where no record has an index, they are counted from 0.
 *
 * @throws DataFileError for a field that is missing, a text that is none, an unknown label, or an index that is neither
 *   an integer nor a text without tabs and line breaks
 * @throws UnknownTaskError if the task has no such split
 */
export function readRecords(records: Iterable<DataRecord>, task: Task, split: string): Examples {
  const { label } = splitLayout(task, split);
  const fields = { ...taskFields(task, split), index: task.fields?.index };
  const examples = recordExamples(
    records,
    () => fields,
    label === undefined ? undefined : (record) => labelOf(record, task),
  );
  return { examples, skippedLines: [] };
}

/** The fields that a task's texts have in records. */
export function taskFields(task: Task, split: string): TextFields {
  const { textA, textB } = task.fields ?? splitLayout(task, split);
  return { textA: String(textA), ...(textB !== undefined && { textB: String(textB) }) };
}

/** The examples in records; see `readRecords`. `choose` finds the texts in the first of them. */
export function recordExamples(
  records: Iterable<DataRecord>,
  choose: (first: DataRecord) => TextFields & { readonly index?: string | undefined },
  labelOf?: (record: DataRecord) => number,
): Example[] {
  const examples: Example[] = [];
  let chosen: (TextFields & { readonly index: string | undefined }) | undefined;
  for (const record of records) {
    chosen ??= chosenFields(choose(record), record);
    const { textA, textB, index } = chosen;
    examples.push({
      index: index === undefined ? numberOf(record, examples.length) : indexOf(record, index),
      textA: text(record, textA),
      ...(textB !== undefined && { textB: text(record, textB) }),
      ...(labelOf && { label: labelOf(record) }),
      line: record.line,
    });
  }
  return examples;
}

function chosenFields(fields: TextFields & { readonly index?: string | undefined }, first: DataRecord) {
  if (fields.index !== undefined) field(first, fields.index);
  return { ...fields, index: fields.index ?? indexNameOf(first) };
}

function indexNameOf(record: DataRecord): string | undefined {
  return indexNames.find((name) => hasValue(record, name));
}

function hasValue({ fields }: DataRecord, name: string): boolean {
  return Object.hasOwn(fields, name) && fields[name] !== null && fields[name] !== undefined;
}

/** Numbers beside indices could name two rows alike. */
function numberOf(record: DataRecord, position: number): string {
  const index = indexNameOf(record);
  if (index !== undefined) throw mixedIndices(record, `a field "${index}", and the first row has none`);
  return String(position);
}

function indexOf(record: DataRecord, name: string): string {
  if (!hasValue(record, name)) throw mixedIndices(record, `no field "${name}", and the first row has one`);
  const value = record.fields[name];
  if (typeof value === 'string') return checkIndex(value, record.file, record.line);
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value);
  const problem = `"${name}" is ${showValue(value)}, expected an integer or a text`;
  throw new DataFileError(record.file, record.line, problem);
}

function mixedIndices({ file, line }: DataRecord, problem: string): DataFileError {
  return new DataFileError(file, line, `${problem}; give all rows an index, or none`);
}

function text(record: DataRecord, name: string): string {
  const value = field(record, name);
  if (typeof value === 'string') return value;
  throw new DataFileError(record.file, record.line, `"${name}" is ${showValue(value)}, expected a text`);
}

function labelOf(record: DataRecord, task: Task): number {
  return problemTypeOf(task).fromRecord(
    field(record, task.fields?.label ?? 'label'),
    task,
    record.file,
    record.line,
  );
}

function field({ fields, file, line }: DataRecord, name: string): unknown {
  if (Object.hasOwn(fields, name)) return fields[name];
  const found = showNames(Object.keys(fields)) || 'an empty record';
  throw new DataFileError(file, line, `no field "${name}", only ${found}`);
}
