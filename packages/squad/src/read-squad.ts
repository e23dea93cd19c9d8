import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSquadJson } from './official-json.ts';
import type { QuestionExample } from './question.ts';

/** Reads a split from a folder, or from its file. */
export async function readSquad(path: string, split: string): Promise<QuestionExample[]> {
  const folder = (await stat(path)).isDirectory();
  const file = folder ? join(path, `${split}-v1.1.json`) : path;
  return parseSquadJson(await readFile(file), file);
}
