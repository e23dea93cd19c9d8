import { basename, dirname, join } from 'node:path';
import { DataFileError, parseJsonl, parseParquet } from '@diffprune/glue';
import { fileRecords, listFiles, noFiles, readFileBytes } from '@diffprune/glue/node';
import { parseSquadJson } from './official-json.ts';
import type { QuestionExample } from './question.ts';
import { questionRecords } from './question-records.ts';
import { findQuestions, questionFolders, type QuestionFormat, questionFormats } from './squad-files.ts';

/**
 * Reads the questions of a split from SQuAD's own JSON, JSONL or Parquet files.
 *
 * @param path folder with files as `findQuestions` has their names, or one such file
 * @param split `train`, `dev` or `test`; where it is left out, `path` is a file of any name that ends in its format
 * @throws DataFileError if there is no file for the split, if it is there more than once or a part of it is missing, if
 *   two questions have the same id, and where a file is malformed, naming the question
 */
export async function readSquad(path: string, split?: string): Promise<QuestionExample[]> {
  const { format, files } = await locate(path, split);
  const examples: QuestionExample[] = [];
  if (format === 'json') {
    for (const file of files) examples.push(...parseSquadJson(await readFileBytes(file), file));
  } else {
    const records = await fileRecords(files, (content, file) =>
      format === 'jsonl' ? parseJsonl(content, file) : parseParquet(content, file, ['answers']),
    );
    examples.push(...questionRecords(records));
  }
  checkIds(examples, path);
  return examples;
}

async function locate(
  path: string,
  split: string | undefined,
): Promise<{ readonly format: QuestionFormat; readonly files: readonly string[] }> {
  const names = await listFiles(path, questionFolders);
  const isFile = names === 'file';
  if (split === undefined) {
    const format = questionFormats.find((one) => path.toLowerCase().endsWith(`.${one}`));
    if (isFile && format !== undefined) return { format, files: [path] };
    throw new DataFileError(path, undefined, 'expected a file called *.json, *.jsonl or *.parquet');
  }
  const found = findQuestions(isFile ? [basename(path)] : names, split, path);
  if (found === undefined) throw noFiles(path, names, wantedFiles(split));
  const folder = isFile ? dirname(path) : path;
  return { format: found.format, files: found.files.map((name) => join(folder, name)) };
}

/** A file of predictions has one for each id. */
function checkIds(examples: readonly QuestionExample[], path: string): void {
  const seen = new Set<string>();
  for (const { id } of examples) {
    if (seen.has(id)) {
      throw new DataFileError(
        path,
        undefined,
        `two questions have the id ${JSON.stringify(id)}; give each its own`,
      );
    }
    seen.add(id);
  }
}

function wantedFiles(split: string): string {
  return `${split}-v1.1.json, ${split}-v2.0.json, ${split}.json, ${split}.jsonl or ${split}.parquet`;
}
