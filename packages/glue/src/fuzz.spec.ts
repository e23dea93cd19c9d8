import { readFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { DataFileError } from './errors.ts';
import { readTask } from './read-task.ts';
import type { DataFormat } from './format.ts';
import { findTask } from './glue-tasks.ts';
import { levels, parquetFile } from './parquet-file.fixture.ts';
import { parsePredictions } from './predictions.ts';
import { readTexts } from './read-texts.ts';

const maxSeconds = 2;
const fixture = (name: string) => readFile(fileURLToPath(new URL(`fixtures/${name}`, import.meta.url)));

const corpus: Record<Exclude<DataFormat, 'parquet'>, string[]> = {
  tsv: [
    'idx\tsentence\tlabel\r\n1\ta gorgeous , witty film \t1\r\n2\tgrößer\t0\r\n',
    '\ufeffsentence\tlabel\ndull\t0\n',
  ],
  csv: [
    'idx,sentence,label\r\n1,"a ""gorgeous"",\r\nwitty film",1\r\n2,größer,0\r\n',
    'sentence,label\ndull,0\n',
  ],
  jsonl: [
    '{"idx": 1, "sentence": "a \\"gorgeous\\" film", "label": 1}\n{"idx": 2, "sentence": "größer", "label": 0}\n',
  ],
};

/** One to four changes: bits, bytes, cuts, copies of a file's own pieces, and what is special in some format. */
const changes = fc.array(
  fc.record({
    kind: fc.constantFrom('flip', 'set', 'cut', 'insert', 'remove', 'repeat'),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(40),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 9, 10, 13, 0x22, 0x2c, 0x5b, 0x7b, 0x7f, 0x80, 0xff)),
    times: fc.constantFrom(1, 2, 1000),
  }),
  { minLength: 1, maxLength: 4 },
);
type Change = typeof changes extends fc.Arbitrary<(infer C)[]> ? C : never;

function damage(bytes: Uint8Array, { kind, at, length, byte, times }: Change): Uint8Array {
  const from = Math.min(bytes.length, Math.floor(at * bytes.length));
  const [before, piece, after] = [
    bytes.subarray(0, from),
    bytes.subarray(from, from + length),
    bytes.subarray(from + length),
  ];
  switch (kind) {
    case 'flip':
      return bytes.map((value, i) => (i === from ? value ^ (1 << (byte % 8)) : value));
    case 'set':
      return bytes.map((value, i) => (i === from ? byte : value));
    case 'cut':
      return before;
    case 'insert':
      return Buffer.concat([before, Buffer.alloc(length * times, byte), piece, after]);
    case 'remove':
      return Buffer.concat([before, after]);
    case 'repeat':
      return Buffer.concat([before, ...Array.from({ length: times }, () => piece), after]);
  }
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fuzz-'));
});

/** Reads a file in every way. @returns whether it was read */
async function check(content: Uint8Array, format: DataFormat): Promise<boolean> {
  const file = join(folder, `dev.${format}`);
  const unnamed = join(folder, 'unnamed');
  await writeFile(file, content);
  await writeFile(unnamed, content);
  const started = performance.now();
  const task = findTask('sst2');
  const readers = [
    () => readTask(file, task, 'dev').then(({ examples }) => examples),
    () => readTexts(file, { task }),
    () => readTexts(unnamed),
  ];
  let read = false;
  for (const reader of readers) {
    try {
      const examples = await reader();
      read = true;
      // What is accepted is fit for a prediction file, and no more than the file can hold.
      let characters = 0;
      for (const { index, textA, label } of examples) {
        if (/[\t\r\n]/.test(index) || typeof textA !== 'string') throw new Error(`accepted ${index}`);
        if (label !== undefined && label !== 0 && label !== 1) throw new Error(`accepted label ${label}`);
        characters += index.length + textA.length + 10;
      }
      if (characters > 100 * content.length + 2 ** 24) throw new Error(`${characters} characters`);
    } catch (error) {
      if (!(error instanceof DataFileError)) throw error;
      if (!error.message.startsWith(error.file) || error.message.length > 2000)
        throw new Error(`says ${error.message}`);
    }
  }
  const seconds = (performance.now() - started) / 1000;
  if (seconds > maxSeconds) throw new Error(`${seconds} s for ${content.length} bytes`);
  return read;
}

async function fuzz(format: DataFormat, files: readonly Uint8Array[], numRuns: number): Promise<void> {
  for (const file of files) expect(await check(file, format)).toBe(true);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...files), changes, async (file, list) => {
      await check(list.reduce(damage, file), format);
    }),
    { numRuns },
  );
}

describe('damaged files end in examples or in a DataFileError', () => {
  it.each(Object.entries(corpus))(
    '%s',
    async (format, texts) => {
      const files = texts.map((text) => Buffer.from(text));
      await fuzz(format as DataFormat, files, 150);
    },
    60_000,
  );

  it('parquet', async () => {
    const page = [...levels(3, 1), ...[...'abc'].flatMap((c) => [1, 0, 0, 0, c.charCodeAt(0)])];
    await check(parquetFile({ rows: 3, page }), 'parquet');
    await fuzz('parquet', [await fixture('sst2.parquet')], 400);
  }, 60_000);

  it('predictions', () => {
    const text = Buffer.from(
      'index\tprediction\tprobability_0\tprobability_1\n0\t1\t0.25\t0.75\nx\t0\t1\t0\n',
    );
    fc.assert(
      fc.property(changes, (list) => {
        try {
          parsePredictions(list.reduce(damage, text as Uint8Array), 'x.tsv', findTask('sst2'));
        } catch (error) {
          if (!(error instanceof DataFileError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });
});
