import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataFileError } from '@diffprune/glue';
import { mutate } from '@diffprune/testing/damage';
import { random } from '@diffprune/testing/random';
import { readSquad } from './read-squad.ts';

const maxSeconds = 2;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'squad-fuzz-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Reads a file. @returns whether it was read */
async function check(name: string, content: Uint8Array): Promise<boolean> {
  const file = join(folder, name);
  await writeFile(file, content);
  const started = performance.now();
  const read = await isRead(file, content.length);
  const seconds = (performance.now() - started) / 1000;
  if (seconds > maxSeconds) throw new Error(`${seconds} s for ${content.length} bytes`);
  return read;
}

async function isRead(file: string, bytes: number): Promise<boolean> {
  try {
    const examples = await readSquad(file);
    let characters = 0;
    for (const { id, question, context, answers } of examples) {
      for (const { text, start } of answers ?? []) {
        if (text === '' || context.slice(start, start + text.length) !== text)
          throw new Error(`accepted ${text}`);
      }
      // a paragraph's questions share its context
      characters += id.length + question.length;
    }
    if (characters > 100 * bytes + 2 ** 20) throw new Error(`${characters} characters`);
    return true;
  } catch (error) {
    if (!(error instanceof DataFileError)) throw error;
    if (!error.message.startsWith(file) || error.message.length > 2000)
      throw new Error(`says ${error.message}`);
    return false;
  }
}

it.each(['dev-v2.0.json', 'questions.jsonl', 'v1.parquet', 'v2.parquet'])(
  'damaged, %s ends in questions or in a DataFileError',
  async (name) => {
    const original = await readFile(fileURLToPath(new URL(`fixtures/${name}`, import.meta.url)));
    expect(await check(name, original)).toBe(true);
    const uniform = random(5);
    const below = (limit: number) => Math.floor(uniform() * limit);
    // what changes the JSON of a document may change that of lines, too
    const kind = name.endsWith('.jsonl') ? 'x.json' : name;
    let read = 0;
    for (let i = 0; i < 300; i++) read += (await check(name, mutate(kind, original, below))) ? 1 : 0;
    expect(read).toBeLessThan(270);
  },
);
