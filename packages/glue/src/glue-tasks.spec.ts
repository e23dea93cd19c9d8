import { copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { itShared } from '@diffprune/testing';
import { UnknownTaskError } from './errors.ts';
import type { Example } from './examples.ts';
import { readTask } from './read-task.ts';
import { findTask, glueTasks } from './glue-tasks.ts';
import type { Task } from './task.ts';
import { devSplits } from './task.ts';

describe('findTask', () => {
  it('accepts the usual spellings', () => {
    for (const task of glueTasks) {
      for (const name of [task.name, task.folder, task.folder.toLowerCase(), task.folder.replace('-', '_')]) {
        expect(findTask(name)).toBe(task);
      }
    }
  });

  it('lists the tasks where there is no such one', () => {
    expect(() => findTask('sst5')).toThrow(UnknownTaskError);
    expect(() => findTask('sst5')).toThrow('cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli');
  });
});

// Small files in the original layout: see fixtures/make-glue-fixtures.py.
const original = fileURLToPath(new URL('fixtures/original', import.meta.url));

describe('glueTasks', () => {
  for (const task of glueTasks) {
    for (const [split, { file }] of Object.entries(task.splits)) {
      it(`reads ${task.name} ${split} as the reference loaders do`, async () => {
        const folder = split === 'ax' ? 'diagnostic' : task.folder;
        const expected = JSON.parse(await readFile(`${original}/expected.json`, 'utf8')) as object;
        // by the task's own folder, and by the one that holds all of them
        for (const path of [`${original}/${folder}`, original]) {
          const { examples, skippedLines } = await readTask(path, task, split);
          expect(expected).toHaveProperty([`${folder}/${file}`], { examples, skippedLines });
        }
      });
    }
  }

  it('says which file is missing and what the folder holds', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'MNLI-'));
    await copyFile(`${original}/MNLI/dev_matched.tsv`, join(folder, 'dev_matched.tsv'));
    await expect(readTask(folder, findTask('mnli'), 'train')).rejects.toThrow(
      /MNLI-\w+: no train\.tsv, train\.csv, train\.jsonl or train\.parquet, which task mnli needs for "train"; the folder holds dev_matched\.tsv$/,
    );
    await expect(readTask(`${folder}/x`, findTask('mnli'), 'train')).rejects.toThrow('no such folder');
  });

  it('finds the diagnostic set among the files of MNLI, and where the hub has it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'MNLI-'));
    const mnli = findTask('mnli');
    await expect(readTask(folder, mnli, 'ax')).rejects.toThrow(
      'no diagnostic.tsv, ax.csv, ax.jsonl or ax.parquet, which task mnli needs for "ax"; the folder is empty',
    );
    const row = { premise: 'a', hypothesis: 'b', label: -1, idx: 0 };
    for (const name of ['diagnostic.tsv', 'AX.tsv', 'AX/AX.tsv', 'ax/test-00000-of-00001.jsonl']) {
      const file = join(await mkdtemp(join(tmpdir(), 'MNLI-')), name);
      await mkdir(dirname(file), { recursive: true });
      const tsv = 'index\tsentence1\tsentence2\n0\ta\tb\n';
      await writeFile(file, name.endsWith('.tsv') ? tsv : JSON.stringify(row));
      const path = name.includes('/') ? dirname(dirname(file)) : dirname(file);
      const { examples } = await readTask(path, mnli, 'ax');
      expect(examples).toEqual([expect.objectContaining({ index: '0', textA: 'a', textB: 'b' })]);
      expect(examples[0]).not.toHaveProperty('label');
    }
  });

  it('evaluates MNLI on both development sets', () => {
    expect(devSplits(findTask('mnli'))).toEqual(['dev_matched', 'dev_mismatched']);
    expect(devSplits(findTask('rte'))).toEqual(['dev']);
  });
});

/** Rows in each file, and in each class (published, except for the QQP part); null where labels are withheld. */
const counts: [string, string, number, number[] | null][] = [
  ['cola', 'train', 8551, [2528, 6023]],
  ['cola', 'dev', 1043, [322, 721]],
  ['cola', 'test', 1063, null],
  ['sst2', 'train', 67349, [29780, 37569]],
  ['sst2', 'dev', 872, [428, 444]],
  ['sst2', 'test', 1821, null],
  ['mrpc', 'train', 3668, [1194, 2474]],
  ['mrpc', 'dev', 408, [129, 279]],
  ['mrpc', 'test', 1725, null],
  ['mnli', 'dev_matched', 9815, [3479, 3123, 3213]],
];

describe('the real files', () => {
  const read = async (folder: string, task: Task, split: string) => {
    const { examples, skippedLines } = await readTask(folder, task, split);
    expect(skippedLines).toEqual([]);
    return examples;
  };

  for (const [name, split, rows, classes] of counts) {
    const task = findTask(name);
    itShared(`glue/${task.folder}`, `${name} ${split} has ${rows} rows`, async (folder) => {
      const examples = await read(folder, task, split);
      expect(examples).toHaveLength(rows);
      expect(
        examples.every(({ textB }) => (textB !== undefined) === (name === 'mrpc' || name === 'mnli')),
      ).toBe(true);
      if (classes === null) {
        expect(examples.every(({ label }) => label === undefined)).toBe(true);
      } else {
        const counted = classes.map((_, label) => examples.filter((row) => row.label === label).length);
        expect(counted).toEqual(classes);
      }
    });
  }

  itShared(
    'glue/STS-B',
    'stsb has 5,749, 1,500 and 1,379 rows, with the published mean scores',
    async (at) => {
      const task = findTask('stsb');
      const mean = (examples: readonly Example[]) =>
        examples.reduce((sum, { label }) => sum + (label ?? NaN), 0) / examples.length;
      const train = await read(at, task, 'train');
      const dev = await read(at, task, 'dev');
      expect(train).toHaveLength(5749);
      expect(mean(train)).toBeCloseTo(2.701, 3);
      expect(dev).toHaveLength(1500);
      expect(mean(dev)).toBeCloseTo(2.364, 3);
      expect(await read(at, task, 'test')).toHaveLength(1379);
      expect(train[2918]).toMatchObject({ line: 2920 });
      expect(`${train[2918]?.textA}${train[2918]?.textB}`).toContain('\u0012');
    },
  );

  itShared('glue/QQP', 'qqp keeps the quotes of its 23,497 rows', async (folder) => {
    const qqp = findTask('qqp');
    const layout = { ...qqp.splits['train'], file: 'train.subset.tsv' } as Task['splits'][string];
    const examples = await read(folder, { ...qqp, splits: { train: layout } }, 'train');
    expect(examples).toHaveLength(23497);
    expect(examples[6]?.textB).toBe(
      '"Why do a lot of theists and agnostics confuse mainstream atheistic thought with ""positive atheism""?"',
    );
  });
});
