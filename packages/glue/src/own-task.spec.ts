import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataFileError } from './errors.ts';
import { checkDefinition, taskOf } from './own-task.ts';
import { readTask } from './read-task.ts';
import { textsOf } from './task.ts';
import { textTask } from './text-task.ts';

const stars = {
  name: 'stars',
  type: 'classification',
  texts: ['review'],
  label: 'stars',
  labels: ['1', '2', '3'],
};
const pairs = {
  name: 'alike',
  type: 'regression',
  texts: ['one', 'other'],
  label: 'score',
  index: 'id',
  range: [0, 1],
  splits: { train: 'a/first.csv', dev: 'second.jsonl', test: 'third.tsv' },
};

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'own-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}
const read = async (definition: unknown, files: Record<string, string>, split = 'train') => {
  const task = taskOf(checkDefinition(definition, 'my.json'));
  const { examples } = await readTask(await folderWith(files), task, split);
  return examples.map(({ line: _, ...example }) => example);
};

describe('a task of one’s own', () => {
  it('is a task as any other', () => {
    const task = taskOf(checkDefinition(stars, 'my.json'));
    expect(textsOf(task)).toBe(1);
    const type = textTask(task);
    expect(type.head).toEqual({ kind: 'classification', labels: 3 });
    expect(type.scoreConstant([0, 1, 1].map((label) => ({ index: '0', textA: '', label }))).main).toBe(2 / 3);
    const alike = taskOf(checkDefinition(pairs, 'my.json'));
    expect([textsOf(alike), textTask(alike).head, alike.metrics]).toEqual([
      2,
      { kind: 'regression' },
      ['pearson', 'spearman'],
    ]);
  });

  it('reads the same rows from every format', async () => {
    const expected = [
      { index: '0', textA: 'a "b"', label: 2 },
      { index: '1', textA: 'c, d', label: 0 },
    ];
    const files = {
      'train.tsv': 'stars\treview\n3\ta "b"\n1\tc, d\n',
      'train.csv': 'stars,review\r\n3,"a ""b"""\r\n1,"c, d"\r\n',
      'train.jsonl': '{"review": "a \\"b\\"", "stars": 3}\n{"review": "c, d", "stars": "1"}\n',
    };
    for (const [name, content] of Object.entries(files)) {
      expect(await read(stars, { [name]: content })).toEqual(expected);
    }
    const quoted = { 'train.tsv': 'stars\treview\n3\t"a ""b"""\n1\tc, d\n' };
    expect(await read({ ...stars, quotes: true }, quoted)).toEqual(expected);
    expect((await read(stars, quoted))[0]?.textA).toBe('"a ""b"""');
  });

  it('reads Parquet', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'own-'));
    const sst2 = fileURLToPath(new URL('fixtures/sst2.parquet', import.meta.url));
    await copyFile(sst2, join(folder, 'all.parquet'));
    const definition = {
      ...{ name: 'mood', type: 'classification', texts: ['sentence'], index: 'idx' },
      ...{ labels: ['bad', 'good'], splits: { train: 'all.parquet', dev: 'all.parquet' } },
    };
    const { examples } = await readTask(folder, taskOf(checkDefinition(definition, 'my.json')), 'train');
    expect(examples[0]).toEqual({ index: '4', textA: 'a gorgeous , witty film ', label: 1, line: 1 });
  });

  it('has each split in the file that it names, test splits without labels', async () => {
    const files = {
      'a/first.csv': 'id,one,other,score\nx,a,b,0.5\n',
      'second.jsonl': '{"id": 7, "one": "c", "other": "d", "score": 1}\n',
      'third.tsv': 'score\tid\tone\tother\nunknown\t9\te\tf\n',
      'train.tsv': 'of another task\n',
    };
    expect(await read(pairs, files)).toEqual([{ index: 'x', textA: 'a', textB: 'b', label: 0.5 }]);
    expect(await read(pairs, files, 'dev')).toEqual([{ index: '7', textA: 'c', textB: 'd', label: 1 }]);
    expect(await read(pairs, files, 'test')).toEqual([{ index: '9', textA: 'e', textB: 'f' }]);
    await expect(read(pairs, { 'train.csv': '' })).rejects.toThrow(
      /no a\/first\.csv, which task alike needs for "train"; the folder holds train\.csv$/,
    );
    await expect(read(pairs, { 'a/first.csv': 'id,one,other,score\nx,a,b,2\n' })).rejects.toThrow(
      'first.csv:2: score "2", expected a number from 0 to 1',
    );
    await expect(read(pairs, { 'a/first.csv': 'one,other,score\na,b,1\n' })).rejects.toThrow(
      'first.csv:2: no field "id", only "one", "other", "score"',
    );
  });

  it('takes labels by name, by spelling or, where none is in digits, by position', async () => {
    const mood = { name: 'mood', type: 'classification', texts: ['t'], labels: ['bad', 'good'] };
    const rows = (...labels: unknown[]) => ({
      'train.jsonl': labels.map((label) => JSON.stringify({ t: 'x', label })).join('\n'),
    });
    const labelsOf = async (definition: object, ...labels: unknown[]) =>
      (await read(definition, rows(...labels))).map(({ label }) => label);
    expect(await labelsOf(mood, 'good', 1, '0')).toEqual([1, 1, 0]);
    expect(await labelsOf({ ...mood, values: ['1', '2'] }, 'good', 1, '2')).toEqual([1, 0, 1]);
    await expect(labelsOf({ ...mood, values: ['1', '2'] }, 0)).rejects.toThrow(
      'train.jsonl:1: label 0; expected one of: 1 (bad), 2 (good)',
    );
    await expect(read(stars, { 'train.jsonl': '{"review": "a", "stars": 0}' })).rejects.toThrow(
      'train.jsonl:1: label 0; expected one of: 1, 2, 3',
    );
  });

  it('may have a TSV file without a header', async () => {
    const headless = { name: 'x', type: 'classification', texts: [2], label: 0, labels: ['n', 'y'] };
    expect(await read(headless, { 'train.tsv': 'y\t-\ta\nn\t-\tb\n' })).toEqual([
      { index: '0', textA: 'a', label: 1 },
      { index: '1', textA: 'b', label: 0 },
    ]);
  });

  it.each<[unknown, string]>([
    [[], 'a task is a JSON object with the fields name, type, texts, label'],
    [{ ...stars, colums: 1 }, 'unknown field "colums"; a task has the fields name, type, texts'],
    [{ ...stars, name: undefined }, '"name" is undefined, expected a name of letters'],
    [{ type: 'classification' }, 'the field "name" is missing; expected a name of letters'],
    [{ ...stars, name: '../x' }, '"name" is "../x", expected a name of letters'],
    [{ ...stars, type: 'ranking' }, '"type" is "ranking", expected "classification" or "regression"'],
    [{ ...stars, texts: 'review' }, '"texts" is "review", expected a list of one column, or of two'],
    [{ ...stars, texts: ['a', 'b', 'c'] }, '"texts" is ["a","b","c"], expected a list of one column'],
    [{ ...stars, texts: ['stars'] }, 'the columns are "stars", "stars"; each must be another'],
    [{ ...stars, texts: [1] }, 'the columns are 1, "stars"; give the names of all, or'],
    [{ ...stars, labels: ['a'] }, '"labels" is ["a"], expected a list of two labels or more'],
    [{ ...stars, labels: ['a', 'a'] }, '"labels" is ["a","a"], expected a list of two labels or more'],
    [{ ...stars, labels: ['a\tb', 'c'] }, 'without tabs and line breaks'],
    [{ ...stars, labels: undefined }, '"labels" is undefined, expected a list'],
    [{ name: 'x', type: 'classification', texts: ['a'] }, 'the field "labels" is missing; expected a list'],
    [{ ...stars, values: ['1'] }, '"values" has 1 texts, expected one for each of the 3 labels'],
    [{ ...stars, values: ['2', '1', '3'] }, '"values" spells "1" as "2", which is another label'],
    [{ ...stars, range: [0, 5] }, '"range" is for a regression; leave it out of a classification'],
    [{ ...pairs, range: [5, 0] }, '"range" is [5,0], expected the smallest and the largest score'],
    [{ ...pairs, labels: ['a', 'b'] }, '"labels" is for a classification; leave it out of a regression'],
    [{ ...stars, metrics: ['bleu'] }, '"metrics" has "bleu"; a classification has accuracy, f1, matthews'],
    [{ ...pairs, metrics: ['accuracy'] }, '"metrics" has "accuracy"; a regression has pearson, spearman'],
    [{ ...stars, metrics: ['f1'] }, '"metrics" has "f1", which is for two labels, and there are 3'],
    [{ ...pairs, splits: { train: 'a.tsv' } }, '"splits" has no "dev", which training needs'],
    [{ ...pairs, splits: { train: 'a.tsv', dev: 'b.txt' } }, '"splits" has "b.txt" for "dev", expected'],
    [{ ...pairs, splits: { train: '../a.tsv', dev: 'b.tsv' } }, '"splits" has "../a.tsv" for "train"'],
    [{ ...pairs, splits: { train: 'a.tsv', dev: 'b.tsv', x: 'c.tsv' } }, '"splits" has "x"; splits are'],
    [{ ...stars, quotes: 'yes' }, '"quotes" is "yes", expected true or false'],
  ])('is refused: %j', (definition, message) => {
    const check = () => checkDefinition(definition, 'my.json');
    expect(check).toThrow(DataFileError);
    expect(check).toThrow(`my.json: ${message.startsWith('without') ? '' : message}`);
    expect(check).toThrow(message);
  });
});
