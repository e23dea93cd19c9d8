import { DataFileError } from './errors.ts';
import type { Example, Examples } from './examples.ts';
import { parseLabel } from './examples.ts';
import type { Task } from './task.ts';
import { splitLayout } from './task.ts';

/** A row of a JSONL or Parquet file: values by field. */
export interface DataRecord {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly file: string;
  /** 1-based line of a JSONL file, 1-based row of a Parquet file. */
  readonly line: number;
}

/**
 * The rows of a task's split from records with the fields that the data set `nyu-mll/glue` has: the texts, `label` and
 * `idx`. A label is a class or score, or the name of a class as the task spells it; it is not read in a split without
 * labels. Records without `idx` are counted from 0.
 *
 * @throws DataFileError for a field that is missing, a text that is none, or an unknown label
 * @throws UnknownTaskError if the task has no such split
 */
export function readRecords(records: readonly DataRecord[], task: Task, split: string): Examples {
  const layout = splitLayout(task, split);
  const { textA, textB } = task.fields ?? layout;
  const examples = records.map((record, position): Example => {
    const idx = record.fields['idx'];
    return {
      index: typeof idx === 'number' || typeof idx === 'string' ? String(idx) : String(position),
      textA: text(record, String(textA)),
      ...(textB !== undefined && { textB: text(record, String(textB)) }),
      ...(layout.label !== undefined && { label: label(record, task) }),
      line: record.line,
    };
  });
  return { examples, skippedLines: [] };
}

function text({ fields, file, line }: DataRecord, name: string): string {
  const value = field({ fields, file, line }, name);
  if (typeof value === 'string') return value;
  throw new DataFileError(file, line, `"${name}" is ${JSON.stringify(value)}, expected a text`);
}

function label(record: DataRecord, task: Task): number {
  const { file, line } = record;
  const value = field(record, 'label');
  if (typeof value === 'string' || task.problemType === 'regression') {
    return parseLabel(String(value), task, file, line);
  }
  if (typeof value === 'number' && Number.isInteger(value) && value in task.labels) return value;
  const named = task.labels.map((name, position) => `${position} (${name})`);
  const problem = value === -1 ? 'label -1, which means none' : `label ${JSON.stringify(value)}`;
  throw new DataFileError(file, line, `${problem}; expected one of: ${named.join(', ')}`);
}

function field({ fields, file, line }: DataRecord, name: string): unknown {
  if (Object.hasOwn(fields, name)) return fields[name];
  const found = Object.keys(fields).map((other) => JSON.stringify(other));
  throw new DataFileError(file, line, `no field "${name}", only ${found.join(', ') || 'an empty record'}`);
}
