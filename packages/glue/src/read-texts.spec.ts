import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataFileError } from './errors.ts';
import { findTask } from './glue-tasks.ts';
import { readTexts, type TextOptions } from './read-texts.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'texts-'));
});
async function read(name: string, content: string | Uint8Array, options: TextOptions = {}) {
  await writeFile(join(folder, name), content);
  const examples = await readTexts(join(folder, name), options);
  return examples.map(({ line: _, ...example }) => example);
}
const sst2Parquet = () => readFile(fileURLToPath(new URL('fixtures/sst2.parquet', import.meta.url)));

describe('readTexts', () => {
  it.each([
    ['rows.tsv', 'idx\tsentence1\tsentence2\n7\ta, "b"\tc\n8\td\te\n'],
    ['rows.csv', 'idx,sentence1,sentence2\n7,"a, ""b""",c\n8,d,e\n'],
    [
      'rows.jsonl',
      '{"idx": 7, "sentence1": "a, \\"b\\"", "sentence2": "c"}\n{"idx": 8, "sentence1": "d", "sentence2": "e"}\n',
    ],
  ])('reads %s by its name, and the same without one by what it holds', async (name, content) => {
    const rows = [
      { index: '7', textA: 'a, "b"', textB: 'c' },
      { index: '8', textA: 'd', textB: 'e' },
    ];
    expect(await read(name, content)).toEqual(rows);
    expect(await read('rows', content)).toEqual(rows);
    expect(await read('rows.TXT', content, { columns: ['sentence2'] })).toEqual([
      { index: '7', textA: 'c' },
      { index: '8', textA: 'e' },
    ]);
  });

  it('reads Parquet', async () => {
    const rows = await read('rows.bin', await sst2Parquet());
    expect(rows.map(({ index, textA }) => [index, textA])[1]).toEqual(['5', 'quotes " and\ttabs']);
  });

  it('knows the files of a task by the name or the split, and reads no labels', async () => {
    const cola = { task: findTask('cola') };
    expect(await read('dev.tsv', 'gj04\tno label\t*\tThey is.\n', cola)).toEqual([
      { index: '0', textA: 'They is.' },
    ]);
    const split = { ...cola, split: 'train' };
    expect(await read('other.tsv', 'gj04\t1\t\tThey are.\n', split)).toHaveLength(1);
    await expect(read('other.tsv', 'gj04\t1\t\tThey are.\n', cola)).rejects.toThrow(
      'no columns "sentence"; there are "gj04", "1", "", "They are."',
    );
    const mrpc = { task: findTask('mrpc') };
    const texts = [{ index: '0', textA: 'a', textB: 'b' }];
    expect(await read('mine.tsv', '#1 String\t#2 String\na\tb\n', mrpc)).toEqual(texts);
    expect(await read('mine.csv', 'sentence1,sentence2\na,b\n', mrpc)).toEqual(texts);
  });

  it.each<[string, string, TextOptions, string]>([
    [
      'a.tsv',
      'x\na\n',
      {},
      'a.tsv:1: no columns "sentence", or "text", or "sentence1" and "sentence2"; there are "x"',
    ],
    ['a.csv', 'text,sentence\na,b\n', {}, 'a.csv:1: more than one of "sentence"'],
    ['a.jsonl', '{"x": 1}', { columns: ['y'] }, 'a.jsonl:1: no column "y", only "x"'],
    ['a.csv', 'x\na\n', { columns: ['x', 'x', 'x'] }, 'texts are in one column or two, not in 3'],
    ['a.tsv', 'text\ttext\na\tb\n', {}, 'a.tsv:1: two columns are named "text"'],
    ['a.csv', 'text,index\na,"b\nc"\n', {}, 'a.csv:2: index "b\\nc" has a tab or a line break'],
    ['a.tsv', 'text\tindex\na\tb\rc\n', {}, 'a.tsv:2: index "b\\rc" has a tab or a line break'],
    ['a', 'text\n"a"\n', {}, 'a: one column and double quotes'],
    ['a.jsonl', '', {}, 'a.jsonl: the file is empty'],
    ['a.csv', '\ufefftext\n', {}, 'a.csv: no row of data below the header'],
  ])('refuses %s of %j', async (name, content, options, message) => {
    await expect(read(name, content, options)).rejects.toThrow(DataFileError);
    await expect(read(name, content, options)).rejects.toThrow(message);
  });

  it('refuses what is no file', async () => {
    const pipe = join(folder, 'pipe.jsonl');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    await expect(readTexts(pipe)).rejects.toThrow('pipe.jsonl: it is a pipe, expected a file');
    await expect(readTexts('/dev/zero')).rejects.toThrow('/dev/zero: it is a device, expected a file');
    await expect(readTexts(folder)).rejects.toThrow(`${folder}: it is a folder, expected a file`);
    await expect(readTexts('/no/such')).rejects.toThrow('/no/such: no such file');
  });

  it('reads standard input', () => {
    const program = `
      import { readTexts } from ${JSON.stringify(fileURLToPath(new URL('node.ts', import.meta.url)))};
      console.log(JSON.stringify(await readTexts('-')));`;
    const flags = ['--conditions=@diffprune/source', '--import', 'tsx', '--input-type=module'];
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', program], {
      input: '{"text": "größer"}\n',
      encoding: 'utf8',
    });
    expect(stderr).not.toContain('Error');
    expect(JSON.parse(stdout)).toEqual([{ index: '0', textA: 'größer', line: 1 }]);
  });
});
