import { link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { exitCode } from '@diffprune/command-line';
import { parsePredictions } from '@diffprune/glue';
import { problemOf } from '@diffprune/inference';
import { writeDiff } from '@diffprune/sparse-diff/node';
import type { PredictOptions } from './ask.ts';
import { predictCommand } from './predict-command.ts';
import { makeDiff, temporaryFolder, writeBase } from './tiny-model.fixture.ts';

const words = ['the film was good', 'a dull soup .'];
const pairs = [
  ['the film was good', 'great'],
  ['"the soup', 'bad, dull'],
] as const;

let folder: string;
let base: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  base = await writeBase();
  for (const texts of [0, 1, 2] as const) await writeDiff(at(`${texts}.sdiff`), await makeDiff({ texts }));
});

const predict = (texts: 0 | 1 | 2, given: Partial<PredictOptions>) =>
  predictCommand({ base, diff: at(`${texts}.sdiff`), threads: 1, batchSize: 2, ...given });

/** What predict writes of a file or text: index, label and probabilities of each row. */
async function predictions(texts: 0 | 1 | 2, given: Partial<PredictOptions>) {
  const out = at('predictions.tsv');
  await predict(texts, { out, ...given });
  return parsePredictions(await readFile(out), out, problemOf((await makeDiff({ texts })).manifest));
}

async function refused(texts: 0 | 1 | 2, given: Partial<PredictOptions>, message: string): Promise<void> {
  const error = await predict(texts, given).then(
    () => new Error('accepted'),
    (error: unknown) => error,
  );
  expect(String(error)).toContain(message);
  expect(exitCode(error)).toBe(2);
}

describe('the formats of --file', () => {
  it('give the same predictions', async () => {
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const contents = {
      'rows.tsv': `idx\tsentence1\tsentence2\n${pairs.map(([a, b], i) => `r${i}\t${a}\t${b}\n`).join('')}`,
      'rows.csv': `idx,sentence2,sentence1\n${pairs.map(([a, b], i) => `r${i},${quoted(b)},${quoted(a)}\n`).join('')}`,
      'rows.jsonl': pairs
        .map(([sentence1, sentence2], i) => `${JSON.stringify({ idx: `r${i}`, sentence1, sentence2 })}\n`)
        .join(''),
    };
    const found = [];
    for (const [name, content] of Object.entries(contents)) {
      await writeFile(at(name), content);
      found.push(await predictions(2, { file: at(name) }));
    }
    await writeFile(at('rows'), contents['rows.csv']);
    found.push(await predictions(2, { file: at('rows') }));
    found.push(
      await predictions(2, { file: at('rows'), format: 'csv', columns: ['sentence1', 'sentence2'] }),
    );
    expect(found[0]!.map(({ index }) => index)).toEqual(['r0', 'r1']);
    for (const each of found) expect(each).toEqual(found[0]);
    const single = await predictions(2, { text: pairs[1][0], textB: pairs[1][1] });
    expect(single[0]!.probabilities![1]).toBeCloseTo(found[0]![1]!.probabilities![1]!, 6);
    const swapped = await predictions(2, { file: at('rows.csv'), columns: ['sentence2', 'sentence1'] });
    expect(swapped[0]!.probabilities![1]).not.toBeCloseTo(found[0]![0]!.probabilities![1]!, 4);
  });

  it('are named where they cannot be read', async () => {
    await refused(1, { file: folder }, `${folder}: it is a folder, expected a file`);
    await refused(1, { file: at('none.tsv') }, `${at('none.tsv')}: no such file`);
    await writeFile(at('words.tsv'), 'words\nthe film\n');
    await refused(1, { file: at('words.tsv') }, 'words.tsv:1: no columns "sentence"');
    await refused(1, { file: at('words.tsv'), columns: ['text'] }, 'no column "text", only "words"');
    await refused(1, { file: at('words.tsv'), split: 'dev' }, 'which mine is not; use --columns');
    expect(await predictions(1, { file: at('words.tsv'), columns: ['words'] })).toHaveLength(1);
  });
});

describe('the number of texts', () => {
  it('is what the diff was trained with', async () => {
    const [textA, textB] = words as [string, string];
    await refused(2, { text: textA }, 'task mine takes two texts, but example 0 has one');
    await refused(1, { text: textA, textB }, 'task mine takes one text, but example 0 has two');
    expect(await predictions(2, { text: textA, textB })).toHaveLength(1);
    expect(await predictions(1, { text: textA })).toHaveLength(1);
    await writeFile(at('single.jsonl'), '{"idx": "q1", "text": "the film"}\n');
    await refused(2, { file: at('single.jsonl') }, 'task mine takes two texts, but example q1 has one');
  });

  it('is not known of older diffs, which take both', async () => {
    const [textA, textB] = words as [string, string];
    const [one, two] = [await predictions(0, { text: textA }), await predictions(0, { text: textA, textB })];
    expect(one).toEqual(await predictions(1, { text: textA }));
    expect(two).toEqual(await predictions(2, { text: textA, textB }));
  });

  it('may be 0 words: an empty text is one', async () => {
    const [empty] = await predictions(1, { text: '' });
    expect(Number.isFinite(empty!.probabilities![0])).toBe(true);
    const file = at('empty.jsonl');
    await writeFile(file, '{"text": ""}\n{"text": "the film was good"}\n');
    const rows = await predictions(1, { file });
    expect(rows[0]!.probabilities![1]).toBeCloseTo(empty!.probabilities![1]!, 6);
    expect(rows[1]!.probabilities![1]).not.toBeCloseTo(empty!.probabilities![1]!, 4);
    expect(await predictions(2, { text: '', textB: '' })).toHaveLength(1);
  });
});

describe('--out', () => {
  it('is neither a file that is read, by whatever path, nor one that cannot be written', async () => {
    const file = at('in.tsv');
    await writeFile(file, 'sentence\nthe film\n');
    await symlink(file, at('soft.tsv'));
    await link(file, at('hard.tsv'));
    await mkdir(at('folder'));
    const paths = [
      file,
      at('folder/../in.tsv'),
      at('soft.tsv'),
      at('hard.tsv'),
      relative(process.cwd(), file),
    ];
    for (const out of paths) await refused(1, { file, out }, 'is a file that --file reads; give it another');
    await refused(1, { file, out: at('1.sdiff') }, 'is a file that --diff reads');
    await refused(1, { file, out: join(base, 'vocab.txt') }, 'is a file that --base reads');
    await refused(1, { file, out: at('folder') }, 'is a folder; give it a file');
    await refused(1, { file, out: at('none/x.tsv') }, `there is no folder ${at('none')}`);
    expect(await readFile(file, 'utf8')).toBe('sentence\nthe film\n');
  });
});

describe('what is refused before the base is read', () => {
  const unread = { base: '/no/such/base' };

  it('options that contradict or would be ignored', async () => {
    await refused(1, { ...unread }, 'give either --text');
    await refused(1, { ...unread, question: 'a' }, '--question and --context belong together');
    await refused(1, { ...unread, text: 'a', context: 'b' }, '--question and --context belong together');
    await refused(1, { ...unread, text: 'a', question: 'a', context: 'b' }, 'give either --text');
    const question = { question: 'a', context: 'b' };
    await refused(1, { ...unread, ...question, textB: 'b' }, '--text-b has no meaning beside --question');
    await refused(1, { ...unread, ...question, split: 'dev' }, '--split has no meaning beside --question');
    await refused(1, { ...unread, text: 'a', file: at('x') }, 'give either --text');
    await refused(2, { ...unread, file: at('x'), textB: 'b' }, '--text-b has no meaning beside --file');
    await refused(1, { ...unread, text: 'a', columns: ['b'] }, '--columns has no meaning beside --text');
    await refused(1, { ...unread, file: at('x'), split: 'dev', columns: ['b'] }, 'leave one of them out');
  });

  it('a diff whose labels no table can hold', async () => {
    const diff = at('labels.sdiff');
    await writeDiff(diff, await makeDiff({ labels: ['ba\td', 'good'] }));
    await refused(1, { ...unread, diff, text: 'a' }, `${diff}: the label "ba\\td" has a tab`);
  });
});

it('names the file of a diff that does not fit the base, and of one that is broken', async () => {
  const diff = at('unfit.sdiff');
  await writeDiff(diff, await makeDiff({ tokenizer: 'f'.repeat(64) }));
  await refused(1, { diff, text: 'a' }, `${diff}: the diff was trained with tokenizer ffff`);
  await writeDiff(diff, await makeDiff({ hyperparameters: { maxLength: 0.5 } }));
  await refused(1, { diff, text: 'a' }, `${diff}: the diff's maxLength is 0.5`);
  await writeFile(diff, 'nothing');
  await refused(1, { diff, text: 'a' }, `${diff}: not a sparse diff`);
});

it('refuses answers that are no numbers', async () => {
  const diff = at('nan.sdiff');
  const made = await makeDiff({ texts: 1 });
  const tensors = made.tensors.map((tensor) =>
    tensor.name === 'classifier.bias' ? { ...tensor, values: Float32Array.of(0, NaN) } : tensor,
  );
  await writeDiff(diff, { ...made, tensors });
  await refused(1, { diff, text: 'the film' }, "the model's answer for example 0 is NaN");
  await writeDiff(diff, await makeDiff({ hyperparameters: { maxLength: 4 } }));
  await refused(1, { diff, text: 'a', textB: 'b' }, 'inputs of task mine are cut at 4 tokens, too few');
});
