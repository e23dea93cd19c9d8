import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataFileError } from '@diffprune/glue';
import { itShared } from '@diffprune/testing';
import fc from 'fast-check';
import { parseSquadJson } from './official-json.ts';
import type { QuestionExample } from './question.ts';
import { readSquad } from './read-squad.ts';
import { squadFiles } from './squad-files.ts';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const encoder = new TextEncoder();
const parse = (value: unknown) =>
  parseSquadJson(encoder.encode(typeof value === 'string' ? value : JSON.stringify(value)), 'x.json');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'squad-'));
});
afterEach(() => rm(folder, { recursive: true }));
async function write(name: string, content: string): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

const anyText = (minLength: number) => fc.string({ unit: 'binary', minLength, maxLength: 12 });

describe('readSquad', () => {
  it('reads the same questions from JSON, JSONL and Parquet, with places in UTF-16 units', async () => {
    const all = await readSquad(fixture('dev-v2.0.json'), 'dev');
    expect(all.map(({ id, answers }) => [id, answers!.map(({ text }) => text)])).toEqual([
      ['q1', ['1816', 'in 1816']],
      ['q2', ['Beyonce\u0301']],
      ['q3', ['\u{1f600}', 'the \u{1f600} one', '\u{1f600} one']],
      ['q4', []],
      ['q5', ['No answer here']],
    ]);
    for (const { context, answers } of all) {
      for (const { text, start } of answers!) expect(context.slice(start, start + text.length)).toBe(text);
    }
    expect(await readSquad(fixture('questions.jsonl'))).toEqual(all);
    expect(await readSquad(fixture('v2.parquet'))).toEqual(all);
    expect(await readSquad(fixture('v1.parquet'))).toEqual(all.filter(({ answers }) => answers!.length > 0));
  });

  it('finds a text by the number of code points before it', () => {
    fc.assert(
      fc.property(anyText(0), anyText(1), anyText(0), (before, text, after) => {
        const answers = [{ text, answer_start: [...before].length }];
        const paragraphs = [{ context: before + text + after, qas: [{ id: 'q', question: '', answers }] }];
        expect(parse({ data: [{ title: 't', paragraphs }] })[0]!.answers).toEqual([
          { text, start: before.length },
        ]);
      }),
      { numRuns: 500 },
    );
  });

  it('reads questions that nobody has answered, and numbers those without an id', async () => {
    const lines = [
      { question: 'a', context: 'b' },
      { question: 'c', context: 'd', answers: null },
    ];
    const file = await write('x.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));
    expect(await readSquad(file)).toEqual([
      { id: '0', question: 'a', context: 'b' },
      { id: '1', question: 'c', context: 'd' },
    ]);
    const qas = [{ id: 7, question: 'a' }];
    expect(() => parse({ data: [{ paragraphs: [{ context: 'b', qas }] }] })).toThrow(
      '"id" is 7, expected a text',
    );
  });

  it.each<[string, object, string]>([
    ['nothing', {}, 'no field "data"'],
    ['no question', { data: [] }, 'x.json: no question in it'],
    ['no list', { data: {} }, '"data" is {}, expected a list'],
    ['no article', { data: [3] }, 'article "": it is 3, expected an object'],
    [
      'no context',
      { data: [{ title: 'T', paragraphs: [{ qas: [] }] }] },
      'article "T", paragraph 1: no field "context", only "qas"',
    ],
  ])('refuses %s', (_, value, message) => {
    expect(() => parse(value)).toThrow(DataFileError);
    expect(() => parse(value)).toThrow(message);
  });

  const answered = (answers: unknown, more = {}) => ({
    data: [
      {
        title: 'T',
        paragraphs: [{ context: 'a \u{1f600} bc', qas: [{ id: 'q1', question: 'x', answers, ...more }] }],
      },
    ],
  });
  it.each<[string, unknown, object, string]>([
    [
      'one out of place',
      [{ text: 'bc', answer_start: 5 }],
      {},
      'the answer "bc" is not at character 5 of its context, where "c" is; correct "answer_start", which counts code points from 0, or take the question out',
    ],
    ['one counted in UTF-16 units', [{ text: '\u{1f600} bc', answer_start: 3 }], {}, 'is not at character 3'],
    [
      'one behind the end',
      [{ text: 'bc', answer_start: 100 }],
      {},
      'at character 100 of its context, where the end of the context is',
    ],
    [
      'one without a place',
      [{ text: 'bc' }],
      {},
      '"answer_start" is undefined, expected a number of characters',
    ],
    ['one at no place', [{ text: 'bc', answer_start: 1.5 }], {}, '"answer_start" is 1.5'],
    ['an empty one', [{ text: '', answer_start: 0 }], {}, 'the text of an answer is ""'],
    ['a text alone', ['bc'], {}, 'an answer is "bc", expected an object'],
    ['no list', 'bc', {}, '"answers" is "bc", expected a list'],
    [
      'one where there is none',
      [{ text: 'a', answer_start: 0 }],
      { is_impossible: true },
      'it has answers, and "is_impossible" is true',
    ],
    [
      'none where there is one',
      [],
      { is_impossible: false },
      'it has no answer, and "is_impossible" is false',
    ],
    ['neither yes nor no', [], { is_impossible: 'x' }, '"is_impossible" is "x", expected true or false'],
  ])('refuses an answer: %s', (_, answers, more, message) => {
    expect(() => parse(answered(answers, more))).toThrow('x.json: article "T", paragraph 1, question "q1": ');
    expect(() => parse(answered(answers, more))).toThrow(message);
  });

  it('takes what is impossible without a list of answers, and leaves plausible ones aside', () => {
    const more = { is_impossible: true, plausible_answers: [{ text: 'bc', answer_start: 4 }] };
    const [example] = parse(answered([], more));
    const { answers: _, ...rest } = answered([], more).data[0]!.paragraphs[0]!.qas[0]!;
    const context = 'a';
    const [again] = parse({ data: [{ title: 'T', paragraphs: [{ context, qas: [rest] }] }] });
    expect([example!.answers, again!.answers]).toEqual([[], []]);
  });

  it.each<[string, object[], string]>([
    [
      'lists of two lengths',
      [{ answers: { text: ['a'], answer_start: [] } }],
      ':1: question "q0": 1 texts of answers and 0 of "answer_start"',
    ],
    ['no question', [{ question: 3 }], ':1: question "q0": "question" is 3, expected a text'],
    ['an id that some have', [{}, { id: undefined }], ':2: no "id", and the first has one'],
    ['an id that some lack', [{ id: undefined }, {}], ':2: an "id", and the first has none'],
    ['an id that is none', [{ id: [] }], ':1: "id" is [], expected a text or an integer'],
    ['an id twice', [{}, { id: 'q0' }], ': two questions have the id "q0"; give each its own'],
  ])('refuses records with %s', async (_, records, message) => {
    const lines = records.map((record, i) =>
      JSON.stringify({ id: `q${i}`, question: 'x', context: 'a', ...record }),
    );
    const file = await write('dev.jsonl', lines.join('\n'));
    await expect(readSquad(file)).rejects.toThrow(file + message);
  });

  it('refuses lists of lists, and bytes that are no text', async () => {
    await expect(readSquad(fixture('nested.parquet'))).rejects.toThrow(
      'lists of lists in "answers.list.element.list.element"',
    );
    expect(() => parseSquadJson(Uint8Array.of(0x22, 0xff, 0x22), 'x.json')).toThrow(
      'x.json: not valid UTF-8',
    );
    expect(() => parse('{"data": [')).toThrow('x.json: it is not JSON');
    expect(() => parse('['.repeat(200))).toThrow('more than 100 levels');
  });

  it('says which files a split could be, and what is there', async () => {
    await write('notes.txt', '');
    await expect(readSquad(folder, 'dev')).rejects.toThrow(
      `${folder}: no dev-v1.1.json, dev-v2.0.json, dev.json, dev.jsonl or dev.parquet; the folder holds notes.txt`,
    );
    await expect(readSquad(join(folder, 'none'), 'dev')).rejects.toThrow('there is no such folder');
    await expect(readSquad(fixture('questions.jsonl'), 'dev')).rejects.toThrow(
      'by its name not dev-v1.1.json',
    );
    await expect(readSquad(join(folder, 'notes.txt'))).rejects.toThrow('expected a file called *.json');
    await writeFile(join(folder, 'dev.jsonl'), '');
    await writeFile(join(folder, 'dev-v1.1.json'), '');
    await expect(readSquad(folder, 'dev')).rejects.toThrow('"dev" is there more than once');
  });

  itShared('glue/SQuAD', 'reads the official dev file and a part of train', async (path) => {
    const splits: QuestionExample[][] = [await readSquad(path, 'train'), await readSquad(path, 'dev')];
    expect(splits.map(({ length }) => length)).toEqual([3939, 10570]);
    expect(splits[1]!.flatMap(({ answers }) => answers!)).toHaveLength(34726);
  });
});

describe('squadFiles', () => {
  it.each([
    [
      [
        'plain_text/train-00000-of-00001.parquet',
        'plain_text/validation-00000-of-00001.parquet',
        'README.md',
      ],
    ],
    [['squad_v2/train-00000-of-00001.parquet', 'squad_v2/validation-00000-of-00001.parquet']],
    [['train.subset-v1.1.json', 'dev-v1.1.json']],
    [['data/train-00000-of-00002.jsonl', 'data/train-00001-of-00002.jsonl', 'test.json']],
  ])('finds %j', (names) => {
    expect(
      squadFiles([...names, 'other/dev.json', 'training.json', 'dev.tsv', '.gitattributes'], 'x'),
    ).toEqual(names.filter((name) => name !== 'README.md'));
  });

  it('refuses parts that are missing', () => {
    expect(() => squadFiles(['train-00000-of-00002.jsonl'], 'x')).toThrow('x: "train" lacks part 1 of 2');
  });
});
