import { copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { DataFileError } from './errors.ts';
import { hasSplit, readTask } from './read-task.ts';
import { findTask, glueTasks } from './glue-tasks.ts';
import { parseJsonl } from './jsonl.ts';
import { parseParquet } from './parquet.ts';
import { readRecords } from './records.ts';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const parquet = async (name: string) => parseParquet(await readFile(fixture(name)), name);
const jsonl = (...lines: unknown[]) =>
  Array.from(
    parseJsonl(
      new TextEncoder().encode(
        lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
      ),
      'data.jsonl',
    ),
  );

describe('JSONL', () => {
  it('is read line by line', () => {
    const records = jsonl({ sentence: 'a\tb\u2028"c"', label: 1, idx: 7 }, '', {
      sentence: '',
      label: 0,
      idx: 'x1',
      more: [1],
    });
    expect(readRecords(records, findTask('sst2'), 'train')).toEqual({
      examples: [
        { index: '7', textA: 'a\tb\u2028"c"', label: 1, line: 1 },
        { index: 'x1', textA: '', label: 0, line: 3 },
      ],
      skippedLines: [],
    });
  });

  it.each<[unknown[], string]>([
    [['{"sentence": "a", "label": 1', { sentence: 'b' }], 'data.jsonl:1: it is not JSON ('],
    [[{ sentence: 'a', label: 0 }, '[1]'], 'data.jsonl:2: not a JSON object, such as'],
    [['', ' '], 'data.jsonl: the file is empty'],
    [[{ text: 'a', label: 0 }], 'data.jsonl:1: no field "sentence", only "text", "label"'],
    [[{ sentence: 'a' }], 'data.jsonl:1: no field "label", only "sentence"'],
    [[{ sentence: 3, label: 0 }], 'data.jsonl:1: "sentence" is 3, expected a text'],
    [[{ sentence: 'a', label: 2 }], 'data.jsonl:1: label 2; expected one of: 0 (negative), 1 (positive)'],
    [[{ sentence: 'a', label: -1 }], 'data.jsonl:1: label -1, which means none; expected one of'],
    [[{ sentence: 'a', label: 0.5 }], 'data.jsonl:1: label 0.5; expected'],
    [[{ sentence: 'a', label: [0] }], 'data.jsonl:1: label [0]; expected one of'],
    [[{ sentence: 'a', label: 0, idx: 'a\tb' }], 'data.jsonl:1: index "a\\tb" has a tab or a line break'],
    [[{ sentence: 'a', label: 0, idx: 0.5 }], 'data.jsonl:1: "idx" is 0.5, expected an integer or a text'],
    [
      [
        { sentence: 'a', label: 0, idx: 1 },
        { sentence: 'b', label: 0 },
      ],
      'data.jsonl:2: no field "idx", and the first row has one; give all rows an index, or none',
    ],
    [
      [
        { sentence: 'a', label: 0 },
        { sentence: 'b', label: 0, idx: 0 },
      ],
      'data.jsonl:2: a field "idx", and the first row has none',
    ],
    [['{"sentence": "a", "label": 1}\0'], 'data.jsonl:1: a NUL byte'],
    [
      [{ sentence: 'a', label: 'good' }],
      'data.jsonl:1: unknown label "good", expected one of: negative, positive',
    ],
  ])('%j is refused', (lines, message) => {
    const read = () => readRecords(jsonl(...lines), findTask('sst2'), 'train');
    expect(read).toThrow(DataFileError);
    expect(read).toThrow(message);
  });

  it('that is deep is refused, and what is long is shown in short', () => {
    const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    const read = (sentence: string, label: string, more = '0') =>
      readRecords(
        jsonl(`{"sentence": ${sentence}, "label": ${label}, "more": ${more}}`),
        findTask('sst2'),
        'train',
      );
    for (const levels of [100, 1e5]) {
      const rows: [string, string, string?][] = [
        [deep(levels), '0'],
        ['"a"', deep(levels)],
        ['"a"', '0', deep(levels)],
      ];
      for (const values of rows) {
        expect(() => read(...values)).toThrow(DataFileError);
        expect(() => read(...values)).toThrow('data.jsonl:1: JSON of more than 100 levels');
      }
    }
    const long = JSON.stringify('x'.repeat(1e6));
    expect(() => read('"a"', long)).toThrow(
      /^data.jsonl:1: unknown label "x{99}… \(1000002 characters\), expected one/,
    );
    expect(() => read(`[${long}]`, '0')).toThrow(
      /^data.jsonl:1: "sentence" is \["x{98}… \(1000004 characters\)/,
    );
  });

  it('keeps every text as it is', () => {
    const row = fc.record({ sentence: fc.string({ unit: 'binary' }), label: fc.constantFrom(0, 1) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), (rows) => {
        const { examples } = readRecords(jsonl(...rows), findTask('sst2'), 'train');
        expect(examples.map(({ textA, label }) => ({ sentence: textA, label }))).toEqual(
          rows.map(({ sentence, label }) => ({ sentence, label })),
        );
      }),
    );
  });

  it('has labels by number or by name, and scores', () => {
    const pair = { premise: 'a', hypothesis: 'b' };
    const records = jsonl(
      { ...pair, label: 2 },
      { ...pair, label: 'contradiction' },
      { ...pair, label: '2' },
    );
    const { examples } = readRecords(records, findTask('mnli'), 'dev_matched');
    expect(examples.map(({ textA, textB, label }) => [textA, textB, label])).toEqual([
      ['a', 'b', 2],
      ['a', 'b', 2],
      ['a', 'b', 2],
    ]);
    expect(() => readRecords(jsonl({ ...pair, label: '3' }), findTask('mnli'), 'train')).toThrow(
      'data.jsonl:1: label 3; expected one of: 0 (entailment)',
    );
    const stsb = findTask('stsb');
    const score = (label: number) =>
      readRecords(jsonl({ sentence1: 'a', sentence2: 'b', label }), stsb, 'dev');
    expect(score(3.25).examples[0]?.label).toBe(3.25);
    expect(() => readRecords(jsonl({ sentence1: 'a', sentence2: 'b', label: [3] }), stsb, 'dev')).toThrow(
      'data.jsonl:1: label [3]; expected a number',
    );
    expect(() => score(5.1)).toThrow('data.jsonl:1: score "5.1", expected a number from 0 to 5');
  });

  it('leaves labels of test splits alone', () => {
    const records = jsonl({ sentence: 'a', label: -1, idx: 0 });
    expect(readRecords(records, findTask('cola'), 'test').examples).toEqual([
      { index: '0', textA: 'a', line: 1 },
    ]);
  });
});

describe('Parquet, as pyarrow writes it', () => {
  it('is read with Snappy, dictionaries and 64-bit labels', async () => {
    expect(readRecords(await parquet('sst2.parquet'), findTask('sst2'), 'dev').examples).toEqual([
      { index: '4', textA: 'a gorgeous , witty film ', label: 1, line: 1 },
      { index: '5', textA: 'quotes " and\ttabs', label: 0, line: 2 },
      { index: '6', textA: 'größer \u{1f600}', label: 1, line: 3 },
      { index: '7', textA: '', label: 0, line: 4 },
    ]);
  });

  it('is read uncompressed, in several row groups, with 32-bit scores', async () => {
    const { examples } = readRecords(await parquet('stsb.uncompressed.parquet'), findTask('stsb'), 'train');
    expect(examples.map(({ textA, textB, label }) => [textA, textB, label])).toEqual([
      ['a', 'd', 5],
      ['b', 'e', Math.fround(3.2)],
      ['c', 'f', 0],
    ]);
  });

  it('is refused where it is not what is needed', async () => {
    const sst2 = findTask('sst2');
    await expect(parquet('sst2.zstd.parquet')).rejects.toThrow(
      /^sst2\.zstd\.parquet: not a Parquet file that can be read \(.*ZSTD.*\); expected one without compression or with Snappy/,
    );
    expect(() => jsonl('PAR1')).toThrow(DataFileError);
    const wrong = await parquet('wrong.parquet');
    expect(() => readRecords(wrong, sst2, 'train')).toThrow(
      'wrong.parquet:1: no field "sentence", only "text", "label"',
    );
    const missing = await parquet('missing.parquet');
    expect(() => readRecords(missing, sst2, 'train')).toThrow(
      /^missing.parquet:2: "sentence" is (null|undefined), expected a text$/,
    );
  });

  it('is refused when it is cut short, and never fails in another way', async () => {
    const whole = await readFile(fixture('sst2.parquet'));
    for (let length = 0; length < whole.length; length += 7) {
      await expect(parseParquet(whole.subarray(0, length), 'x')).rejects.toThrow(DataFileError);
    }
    const damage = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(damage, async ([at, flip]) => {
        const damaged = Buffer.from(whole);
        damaged[at]! ^= flip;
        await parseParquet(damaged, 'x').catch((error: unknown) =>
          expect(error).toBeInstanceOf(DataFileError),
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe('readTask', () => {
  const scratch = () => mkdtemp(join(tmpdir(), 'task-'));
  const folderWith = async (files: Record<string, string>) => {
    const folder = await scratch();
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
    return folder;
  };
  const sst2 = findTask('sst2');

  it('finds Parquet where a data set of the hub has it, in parts', async () => {
    const folder = await scratch();
    await mkdir(join(folder, 'sst2'));
    for (const part of ['00000-of-00002', '00001-of-00002']) {
      await copyFile(fixture('sst2.parquet'), join(folder, `sst2/validation-${part}.parquet`));
    }
    expect((await readTask(folder, sst2, 'dev')).examples).toHaveLength(8);
    await expect(readTask(folder, sst2, 'train')).rejects.toThrow(
      /no train\.tsv, train\.csv, train\.jsonl or train\.parquet, which task sst2 needs for "train"; the folder holds sst2/,
    );
  });

  it.each([
    ['dev.csv', 'sentence,label\n"a, b",1\n'],
    ['data/val.jsonl', '{"sentence": "a, b", "label": 1}\n'],
    ['sst2/validation.tsv', 'sentence\tlabel\na, b\t1\n'],
  ])('finds %s', async (name, content) => {
    const folder = await folderWith({ [name]: content });
    const { examples } = await readTask(folder, sst2, 'dev');
    expect(examples).toEqual([{ index: '0', textA: 'a, b', label: 1, line: expect.any(Number) as number }]);
  });

  it('counts the rows of all parts', async () => {
    const tsv = (text: string) => `sentence\tlabel\n${text}\t1\n`;
    const jsonl = (sentence: string) => `${JSON.stringify({ sentence, label: 1 })}\n`;
    for (const [format, part] of Object.entries({ tsv, jsonl })) {
      // Written in another order, and with the hash that older data sets have in their names.
      const folder = await folderWith({
        [`train-00010-of-00011-0123456789abcdef.${format}`]: part('k'),
        ...Object.fromEntries(
          [...'abcdefghij'].map((text, i) => [`train-0000${i}-of-00011.${format}`, part(text)]),
        ),
      });
      const { examples } = await readTask(folder, sst2, 'train');
      expect(examples.map(({ textA }) => textA).join('')).toBe('abcdefghijk');
      expect(examples.map(({ index }) => index).join(' ')).toBe('0 1 2 3 4 5 6 7 8 9 10');
    }
    const mixed = {
      'dev-0-of-2.jsonl': jsonl('a'),
      'dev-1-of-2.jsonl': '{"sentence": "b", "label": 1, "idx": 0}\n',
    };
    await expect(readTask(await folderWith(mixed), sst2, 'dev')).rejects.toThrow(
      'dev-1-of-2.jsonl:1: a field "idx", and the first row has none',
    );
  });

  it('says whether a split is there', async () => {
    const folder = await folderWith({ 'dev.csv': 'not read', 'test.tsv': '' });
    const has = (split: string) => hasSplit(folder, sst2, split);
    expect([await has('train'), await has('dev'), await has('test')]).toEqual([false, true, true]);
    expect(await hasSplit(join(folder, 'none'), sst2, 'dev')).toBe(false);
    expect(await hasSplit(join(folder, 'test.tsv'), sst2, 'test')).toBe(true);
  });

  it('refuses a folder that cannot be read, and what is no folder', async () => {
    await expect(readTask('/dev/zero', sst2, 'dev')).rejects.toThrow(
      '/dev/zero: neither a folder nor a file',
    );
    const folder = await folderWith({ 'dev.jsonl/x': '' });
    await expect(readTask(folder, sst2, 'dev')).rejects.toThrow('dev.jsonl: it is a folder, expected a file');
  });

  it('takes a file for the split of its name', async () => {
    const file = join(await scratch(), 'validation.jsonl');
    await writeFile(file, '{"sentence": "a", "label": 1}\n');
    expect((await readTask(file, sst2, 'dev')).examples).toHaveLength(1);
    await expect(readTask(file, sst2, 'train')).rejects.toThrow(
      /validation\.jsonl: by its name not train\.tsv, .* give the folder with the files of all splits$/,
    );
  });
});

describe('the fields of GLUE', () => {
  // The features that the cards of nyu-mll/glue list for each configuration.
  const features: Record<string, string> = {
    cola: 'sentence',
    sst2: 'sentence',
    mrpc: 'sentence1 sentence2',
    stsb: 'sentence1 sentence2',
    qqp: 'question1 question2',
    mnli: 'premise hypothesis',
    qnli: 'question sentence',
    rte: 'sentence1 sentence2',
    wnli: 'sentence1 sentence2',
  };
  it.each(glueTasks.map(({ name }) => name))('%s', (name) => {
    const task = findTask(name);
    const texts = Object.fromEntries(features[name]!.split(' ').map((field, i) => [field, `text ${i}`]));
    for (const [split, layout] of Object.entries(task.splits)) {
      const [example] = readRecords(jsonl({ ...texts, label: 1, idx: 3 }), task, split).examples;
      expect([example?.textA, example?.textB].filter(Boolean)).toEqual(Object.values(texts));
      expect(example?.label).toBe(layout.label === undefined ? undefined : 1);
    }
  });
});

it('gives the same examples from JSONL as from the original file', async () => {
  const stsb = findTask('stsb');
  const original = await readTask(fixture('original/STS-B'), stsb, 'train');
  const folder = await mkdtemp(join(tmpdir(), 'task-'));
  const lines = original.examples.map(({ index, textA, textB, label }) =>
    JSON.stringify({ sentence1: textA, sentence2: textB, label, idx: Number(index) }),
  );
  await writeFile(join(folder, 'train.jsonl'), lines.join('\n'));
  const { examples } = await readTask(folder, stsb, 'train');
  const plain = (list: typeof examples) => list.map(({ line: _, ...example }) => example);
  expect(examples).toHaveLength(4);
  expect(plain(examples)).toEqual(plain(original.examples));
});
