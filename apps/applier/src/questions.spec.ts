import { jest } from '@jest/globals';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCheckpoint, writeCheckpoint } from '@diffprune/bert/node';
import { exitCode } from '@diffprune/command-line';
import { answer, applyDiff, loadBase } from '@diffprune/inference/node';
import { entriesOfDensity } from '@diffprune/sparse-diff';
import { readDiff, writeDiff } from '@diffprune/sparse-diff/node';
import { applyCommand } from './apply-command.ts';
import { exportCommand } from './export-command.ts';
import { extractCommand } from './extract-command.ts';
import { inspectCommand } from './inspect-command.ts';
import { predictCommand } from './predict-command.ts';
import type { PredictOptions } from './ask.ts';
import {
  changedValues,
  config,
  makeDiff,
  temporaryFolder,
  vocabulary,
  writeBase,
} from './tiny-model.fixture.ts';

const head = { kind: 'span' } as const;
const hyperparameters = { maxLength: 20, docStride: 2, maxQuestionLength: 6 };
const questions = [
  { id: 'one', question: 'was the film good', context: 'he left . the film was  very bad and dull' },
  { id: 'two', question: 'who', context: 'the soup was not very good . '.repeat(5) },
];

let [folder, base, diff] = ['', '', ''];
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  base = await writeBase();
  diff = at('squad.sdiff');
  await writeDiff(diff, await makeDiff({ task: 'squad', texts: 2, hyperparameters }, head));
});
afterAll(() => rm(folder, { recursive: true }));

const predict = (given: Partial<PredictOptions>) =>
  predictCommand({ base, diff, threads: 1, batchSize: 2, ...given });

async function refused(action: Promise<void>, message: string): Promise<void> {
  const error: unknown = await action.then(
    () => new Error('accepted'),
    (error: unknown) => error,
  );
  expect(String(error)).toContain(message);
  expect(exitCode(error)).toBe(2);
}

/** The answers of a diff's file, by id. */
async function answers(file: string): Promise<Record<string, string>> {
  const loaded = await loadBase(base, { threads: 1 });
  const found = await answer(await applyDiff(loaded, file), questions);
  await loaded.predictors.dispose();
  return Object.fromEntries(questions.map(({ id }, i) => [id, found[i]!.text]));
}

describe('predict', () => {
  it("answers SQuAD's JSON and JSONL, as its scorers read predictions", async () => {
    const out = at('predictions.json');
    const expected = await answers(diff);
    const paragraphs = questions.map(({ context, ...qa }) => ({ context, qas: [qa] }));
    await writeFile(at('mine.json'), JSON.stringify({ data: [{ title: '', paragraphs }] }));
    await writeFile(at('mine.jsonl'), questions.map((question) => `${JSON.stringify(question)}\n`).join(''));
    for (const name of ['mine.json', 'mine.jsonl']) {
      await predict({ file: at(name), out });
      expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(expected);
      await rm(out);
    }
  });

  it('gives one question its answer and others, with their places', async () => {
    const out = at('answer.json');
    const [{ question, context }] = questions as [(typeof questions)[0]];
    await predict({ question, context, out });
    const found = JSON.parse(await readFile(out, 'utf8')) as Awaited<ReturnType<typeof answer>>[number];
    expect(found).toMatchObject({ label: 'answer', text: (await answers(diff))['one'] });
    expect(found.alternatives.length).toBe(19);
    for (const { text, start, end } of [found, ...found.alternatives]) {
      expect(context.slice(start, end)).toBe(text);
    }
  });

  it('refuses texts, and questions for a classifier', async () => {
    const why = `${diff} is for squad with questions about contexts, to which --`;
    await refused(predict({ text: 'the film' }), `${why}text has no meaning: give --question and`);
    await refused(predict({ file: at('x'), columns: ['a'] }), `${why}columns`);
    await refused(predict({ file: '-' }), 'questions are not read from the standard input');
    await refused(predict({ file: at('none.json') }), `${at('none.json')}`);
    await writeFile(at('mine.tsv'), 'question\tcontext\na\tb\n');
    await refused(predict({ file: at('mine.tsv') }), 'mine.tsv: expected a file called *.json');
    const other = at('other.sdiff');
    await writeDiff(other, await makeDiff());
    const given = { question: 'who', context: 'he' };
    await refused(predict({ ...given, diff: other }), `${other} is for mine with texts, not questions`);
    const broken = at('broken.sdiff');
    await writeDiff(broken, await makeDiff({ hyperparameters: { docStride: -1 } }, head));
    await refused(
      predict({ ...given, diff: broken }),
      `${broken}: the diff's settings cannot be used: docStride is -1, expected`,
    );
  });
});

it('apply writes a question-answering model, and extract makes a diff of it that answers the same', async () => {
  const out = at('applied');
  await applyCommand({ base, diff, out });
  const written = await loadCheckpoint(out);
  expect(written.heads).toEqual([head]);
  const whole = changedValues(await makeDiff({}, head));
  expect(written.tensors.get('qa_outputs.weight')).toEqual(whole['qa_outputs.weight']);
  const json = JSON.parse(await readFile(join(out, 'config.json'), 'utf8')) as Record<string, unknown>;
  expect(json['architectures']).toEqual(['BertForQuestionAnswering']);

  // as transformers writes one: without the pooler, which such a model does not read
  const tensors = new Map([...written.tensors].filter(([name]) => !name.includes('pooler')));
  const bare = { config: { ...config, pooler: false }, tensors, heads: [head] };
  await writeCheckpoint(at('bare'), { ...bare, tokenizerFiles: { 'vocab.txt': `${vocabulary}\n` } });
  for (const [name, task] of [
    ['applied', 'squad'],
    ['bare', 'squad_v2'],
  ] as const) {
    const extracted = at(`${name}.sdiff`);
    await extractCommand({ base, fineTuned: at(name), density: 0.1, out: extracted, task });
    const { manifest, tensors } = await readDiff(extracted);
    expect(manifest).toMatchObject({ task, head: 'span', labels: [], texts: 2 });
    expect(manifest.hyperparameters).toEqual({ version2: task === 'squad_v2' });
    expect(tensors.filter(({ name }) => name.includes('pooler'))).toEqual([]);
    // as many entries as training keeps, by the density of the whole base, although the pooler is none of them
    const fiftieth = at(`${name}-50.sdiff`);
    await extractCommand({ base, fineTuned: at(name), density: 0.02, out: fiftieth, task });
    const { parameters } = manifest.base;
    const part = await readDiff(fiftieth);
    const kept = part.tensors.filter(({ operation }) => operation === 'add');
    const changed = kept.reduce((sum, { positions }) => sum + positions.length, 0);
    expect(changed).toBe(entriesOfDensity(0.02, parameters));
    expect(part.manifest.density).toBe(changed / parameters);
    // all that the diff changes is kept, but for the pooler, which no answer depends on
    const usual = await makeDiff({ task, hyperparameters: manifest.hyperparameters }, head);
    await writeDiff(at('usual.sdiff'), usual);
    expect(await answers(extracted)).toEqual(await answers(at('usual.sdiff')));
  }
});

it('inspect says what a diff is asked', async () => {
  const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  await inspectCommand({ diff });
  const [[text]] = written.mock.calls as [[string]];
  written.mockRestore();
  expect(text).toContain('squad, questions about contexts, span\n');
});

it('export writes its tensors', async () => {
  await exportCommand({ diff, out: at('plain.safetensors') });
  expect((await readFile(at('plain.safetensors'), 'latin1')).includes('qa_outputs.weight')).toBe(true);
});
