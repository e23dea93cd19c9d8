import { DataFileError } from './errors.ts';
import { readExamples } from './examples.ts';
import { findTask } from './glue-tasks.ts';
import type { Task } from './task.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (task: Task | string, split: string, text: string) =>
  readExamples(bytes(text), 'data.tsv', typeof task === 'string' ? findTask(task) : task, split);

describe('readExamples', () => {
  it('reads a file without header by position', () => {
    expect(read('cola', 'train', 'gj04\t0\t*\tThey is.\ngj04\t1\t\tThey are.').examples).toEqual([
      { index: '0', textA: 'They is.', label: 0, line: 1 },
      { index: '1', textA: 'They are.', label: 1, line: 2 },
    ]);
  });

  it('finds columns by name, wherever they stand', () => {
    const text = 'gold_label\tx\tsentence2\tsentence1\tindex\nneutral\tn/a\tb\ta\t7\n';
    expect(read('mnli', 'dev_matched', text).examples).toEqual([
      { index: '7', textA: 'a', textB: 'b', label: 1, line: 2 },
    ]);
  });

  it('keeps quotes and outer spaces', () => {
    const text = 'sentence\tlabel\n "an ""odd"" one \t0\n';
    expect(read('sst2', 'dev', text).examples[0]?.textA).toBe(' "an ""odd"" one ');
  });

  it('reads scores', () => {
    const row = (score: string) => `index\tsentence1\tsentence2\tscore\n4\ta\tb\t${score}\n`;
    expect(read('stsb', 'dev', row('3.800')).examples[0]?.label).toBe(3.8);
    for (const score of ['', 'x', '0x1', 'NaN', '5.1', '-0.5', '1 ']) {
      expect(() => read('stsb', 'dev', row(score))).toThrow(
        `data.tsv:2: score ${JSON.stringify(score)}, expected a number from 0 to 5`,
      );
    }
  });

  it('names a missing column and what the header holds', () => {
    expect(() => read('sst2', 'train', 'text\tlabel\na\t1\n')).toThrow(
      'data.tsv:1: no column "sentence" in the header, which names "text", "label"',
    );
  });

  it('names the line of an unknown label', () => {
    const text = 'sentence\tlabel\nfine\t1\nbad\tgood\n';
    expect(() => read('sst2', 'train', text)).toThrow(
      'data.tsv:3: unknown label "good", expected one of: 0, 1',
    );
    try {
      read('sst2', 'train', text);
    } catch (error) {
      expect(error).toBeInstanceOf(DataFileError);
      expect(error).toMatchObject({ file: 'data.tsv', line: 3 });
    }
  });

  it('names the line of a row with too few fields', () => {
    expect(() => read('sst2', 'train', 'sentence\tlabel\nfine\n')).toThrow(
      'data.tsv:2: 1 tab-separated field, expected at least 2',
    );
  });

  it('leaves out broken rows of QQP, as in the original files, and says which', () => {
    const header = 'id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n';
    const text = `${header}1\t2\t3\ta\t"b\n"\tc?\t0\n4\t5\t6\td\te\t1\n`;
    const { examples, skippedLines } = read('qqp', 'train', text);
    expect(examples).toEqual([{ index: '4', textA: 'd', textB: 'e', label: 1, line: 4 }]);
    expect(skippedLines).toEqual([2, 3]);
  });

  it('refuses a file that holds a header alone, and an unknown split', () => {
    expect(() => read('sst2', 'train', 'sentence\tlabel\n')).toThrow('data.tsv: no row of data');
    expect(() => read('sst2', 'dev_matched', 'sentence\tlabel\n')).toThrow('it has train, dev, test');
    expect(() => read('sst2', 'toString', 'sentence\tlabel\n')).toThrow('it has train, dev, test');
  });

  it('reads a task of the user', () => {
    const mine: Task = {
      name: 'mood',
      folder: 'Mood',
      problemType: 'single_label_classification',
      labels: ['sad', 'happy'],
      metrics: ['accuracy'],
      splits: { train: { file: 'train.tsv', header: true, textA: 'text', label: 'mood' } },
    };
    expect(read(mine, 'train', 'mood\ttext\nhappy\tHa!\n').examples[0]?.label).toBe(1);
  });
});
