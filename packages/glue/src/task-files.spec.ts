import fc from 'fast-check';
import { DataFileError } from './errors.ts';
import { findTask } from './glue-tasks.ts';
import { splitFiles, taskFiles } from './task-files.ts';

const sst2 = findTask('sst2');
const files = (...names: string[]) =>
  splitFiles(names, sst2, names[0]!.startsWith('train') ? 'train' : 'dev', 'x');

describe('splitFiles', () => {
  it.each(['tsv', 'csv', 'jsonl', 'parquet'] as const)(
    'takes %s files, whole or in all their parts',
    (format) => {
      expect(files(`train.${format}`, 'README.md')).toEqual({ format, files: [`train.${format}`] });
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 120 }), fc.nat(), (count, seed) => {
          const pad = (n: number) => String(n).padStart(5, '0');
          const parts = Array.from({ length: count }, (_, i) => `train-${pad(i)}-of-${pad(count)}.${format}`);
          const shuffled = [...parts].sort(
            (a, b) => ((a.charCodeAt(9) * 31 + seed) % 7) - ((b.charCodeAt(9) * 31 + seed) % 7),
          );
          expect(files(...shuffled)?.files).toEqual(parts);
          const without = seed % count;
          if (count > 1) {
            expect(() => files(...parts.toSpliced(without, 1))).toThrow(
              `x: "train" lacks part ${without} of ${count}, counted from 0`,
            );
          }
        }),
      );
    },
  );

  it.each([
    [
      ['train-00000-of-00003.jsonl', 'train-00002-of-00003.jsonl'],
      'x: "train" lacks part 1 of 3, counted from 0: there are train-00000-of-00003.jsonl, train-00002-of-00003.jsonl; get the others, too',
    ],
    [
      ['train-00000-of-00001.jsonl', 'train-00000-of-00002.jsonl', 'train-00001-of-00002.jsonl'],
      'x: "train" is there more than once: train-00000-of-00001.jsonl; and train-00000-of-00002.jsonl, train-00001-of-00002.jsonl; keep the files of one, and move the others elsewhere',
    ],
    [
      ['train.parquet', 'train-00000-of-00001.parquet'],
      'train.parquet; and train-00000-of-00001.parquet; keep',
    ],
    [['dev.jsonl', 'validation.jsonl'], 'x: "dev" is there more than once: dev.jsonl; and validation.jsonl'],
    [['dev.tsv', 'valid.tsv'], 'dev.tsv; and valid.tsv'],
    [['val.jsonl', 'validation-00000-of-00001.jsonl'], 'val.jsonl; and validation-00000-of-00001.jsonl'],
    [
      ['dev.tsv', 'dev.jsonl', 'dev.parquet', 'dev.csv'],
      'dev.tsv; and dev.jsonl; and dev.parquet; and dev.csv',
    ],
    [['train.jsonl', 'data/train.jsonl'], 'train.jsonl; and data/train.jsonl'],
    [['train.tsv', 'sst2/train-00000-of-00001.parquet'], 'train.tsv; and sst2/train-00000-of-00001.parquet'],
    [
      ['train-00000-of-00001-0123456789abcdef.parquet', 'train-00000-of-00001-fedcba9876543210.parquet'],
      'x: part 0 of "train" is there twice',
    ],
    [['train-0-of-1.tsv', 'train-00000-of-00001.tsv'], 'part 0 of "train" is there twice'],
    [['train-00003-of-00003.jsonl'], 'says that it is part 3 of 3, which are counted from 0'],
    [['train-00000-of-00000.jsonl'], 'says that it is part 0 of 0'],
    [['train-00007-of-99999.jsonl'], 'lacks parts 0, 1, 2, 3, … of 99999, counted from 0'],
  ])('%j is refused', (names, message) => {
    expect(() => files(...names)).toThrow(DataFileError);
    expect(() => files(...names)).toThrow(message);
  });

  it('knows the splits of MNLI apart', () => {
    const names = ['dev_matched.tsv', 'validation_mismatched.tsv', 'dev.tsv'];
    const mnli = findTask('mnli');
    expect(splitFiles(names, mnli, 'dev_matched', 'x')?.files).toEqual(['dev_matched.tsv']);
    expect(splitFiles(names, mnli, 'dev_mismatched', 'x')?.files).toEqual(['validation_mismatched.tsv']);
    expect(splitFiles(names, mnli, 'train', 'x')).toBeUndefined();
  });
});

describe('taskFiles', () => {
  it('are those of the task alone', () => {
    const splits = ['train', 'validation', 'test'];
    const names = [
      'README.md',
      ...['cola', 'sst2'].flatMap((task) => splits.map((split) => `${task}/${split}-00000-of-00001.parquet`)),
    ];
    expect(taskFiles(names, sst2, 'x').sort()).toEqual(
      splits.map((split) => `sst2/${split}-00000-of-00001.parquet`).sort(),
    );
    expect(taskFiles(names, findTask('mrpc'), 'x')).toEqual([]);
    const mnli = ['validation_matched', 'validation_mismatched', 'train'].map(
      (name) => `mnli/${name}.parquet`,
    );
    expect(taskFiles(mnli, findTask('mnli'), 'x').sort()).toEqual([...mnli].sort());
    expect(() => taskFiles(['sst2/test-00001-of-00002.parquet'], sst2, 'jane/data')).toThrow(
      'jane/data: "test" lacks part 0 of 2',
    );
  });
});
