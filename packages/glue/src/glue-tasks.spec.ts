import { describeShared, sharedPath } from '@diffprune/testing';
import { UnknownTaskError } from './errors.ts';
import type { Example } from './examples.ts';
import { readExamples } from './examples.ts';
import { readTask } from './files.ts';
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

/** Header lines of the benchmark's original files, for those that no fixture holds. */
const headers: Record<string, Record<string, string>> = {
  qnli: { dev: 'index question sentence label', test: 'index question sentence' },
  rte: { train: 'index sentence1 sentence2 label', test: 'index sentence1 sentence2' },
  wnli: { train: 'index sentence1 sentence2 label', test: 'index sentence1 sentence2' },
  qqp: { test: 'id question1 question2' },
  mnli: {
    train:
      'index promptID pairID genre sentence1_binary_parse sentence2_binary_parse sentence1_parse ' +
      'sentence2_parse sentence1 sentence2 label1 gold_label',
    test_mismatched:
      'index promptID pairID genre sentence1_binary_parse sentence2_binary_parse sentence1_parse ' +
      'sentence2_parse sentence1 sentence2',
  },
};

describe('glueTasks', () => {
  for (const [name, splits] of Object.entries(headers)) {
    for (const [split, header] of Object.entries(splits)) {
      it(`reads ${name} ${split} by its original header`, () => {
        const task = findTask(name);
        const names = header.split(' ');
        const values = names.map((column) => (/label$/.test(column) ? (task.labels[1] ?? '') : column));
        const text = `${names.join('\t')}\n${values.join('\t')}\n`;
        const { examples } = readExamples(new TextEncoder().encode(text), 'x.tsv', task, split);
        const first = name === 'qnli' || name === 'qqp' ? /^question1?$/ : /^sentence1$/;
        expect(examples[0]?.textA).toMatch(first);
        expect(examples[0]?.textB).toMatch(name === 'qqp' ? /^question2$/ : /^sentence2?$/);
        expect(examples[0]?.label).toBe(split.startsWith('test') ? undefined : 1);
      });
    }
  }

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

describeShared('glue', 'the real files', () => {
  const read = async (task: Task, split: string) => {
    const { examples, skippedLines } = await readTask(sharedPath(`glue/${task.folder}`), task, split);
    expect(skippedLines).toEqual([]);
    return examples;
  };

  for (const [name, split, rows, classes] of counts) {
    it(`${name} ${split} has ${rows} rows`, async () => {
      const task = findTask(name);
      const examples = await read(task, split);
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

  it('stsb has 5,749, 1,500 and 1,379 rows, with the published mean scores', async () => {
    const task = findTask('stsb');
    const mean = (examples: readonly Example[]) =>
      examples.reduce((sum, { label }) => sum + (label ?? NaN), 0) / examples.length;
    const train = await read(task, 'train');
    const dev = await read(task, 'dev');
    expect(train).toHaveLength(5749);
    expect(mean(train)).toBeCloseTo(2.701, 3);
    expect(dev).toHaveLength(1500);
    expect(mean(dev)).toBeCloseTo(2.364, 3);
    expect(await read(task, 'test')).toHaveLength(1379);
    expect(train[2918]).toMatchObject({ line: 2920 });
    expect(`${train[2918]?.textA}${train[2918]?.textB}`).toContain('\u0012');
  });

  it('qqp keeps the quotes of its 23,497 rows', async () => {
    const qqp = findTask('qqp');
    const layout = { ...qqp.splits['train'], file: 'train.subset.tsv' } as Task['splits'][string];
    const examples = await read({ ...qqp, splits: { train: layout } }, 'train');
    expect(examples).toHaveLength(23497);
    expect(examples[6]?.textB).toBe(
      '"Why do a lot of theists and agnostics confuse mainstream atheistic thought with ""positive atheism""?"',
    );
  });

  it('says which file is missing and what the folder holds', async () => {
    const folder = sharedPath('glue/MNLI');
    await expect(readTask(folder, findTask('mnli'), 'train')).rejects.toThrow(
      /MNLI: no train\.tsv, train\.jsonl or train\.parquet, which task mnli needs for "train"; the folder holds dev_matched\.tsv$/,
    );
    await expect(readTask(`${folder}/x`, findTask('mnli'), 'train')).rejects.toThrow('no such folder');
  });
});
