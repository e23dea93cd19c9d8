import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyDiff, loadBase } from '@diffprune/inference/node';
import { sampleVocabulary } from '@diffprune/samples';
import { readDiff } from '@diffprune/sparse-diff/node';
import { formatPredictions } from '@diffprune/squad';
import { readSquad } from '@diffprune/squad/node';
import { createWorkshop, repeatable, runCli, type Workshop } from './cli.fixture.ts';

/** Milliseconds for a test: each runs many programs, one after the other. */
const patience = 300_000;

let workshop: Workshop;
const at = (name: string): string => join(workshop.folder, name);

const words = sampleVocabulary().filter((word) => /^[a-z]{3,}$/.test(word));

interface Qa {
  readonly id: string;
  readonly question: string;
  readonly answers?: readonly { readonly text: string; readonly answer_start: number }[];
  readonly is_impossible?: boolean;
}

/** Questions about texts of 30 to 90 words, most of which are longer than a row of 64 tokens, as SQuAD's JSON. */
function squadJson(count: number, change: (qa: Qa, number: number) => Qa = (qa) => qa): string {
  const paragraphs = Array.from({ length: count }, (_, i) => {
    const text = Array.from(
      { length: 30 + ((i * 17) % 61) },
      (_, k) => words[(i * 31 + k * 7) % words.length]!,
    );
    const place = (i * 13) % (text.length - 1);
    const start = text.slice(0, place).join(' ').length + Number(place > 0);
    const answer = { text: `${text[place]} ${text[place + 1]}`, answer_start: start };
    const qa: Qa = { id: `q${i}`, question: `What is ${text[place]}?`, answers: [answer] };
    return { context: text.join(' '), qas: [change(qa, i)] };
  });
  return JSON.stringify({ version: '1.1', data: [{ title: 'words', paragraphs }] });
}

/** A folder of data. */
async function writeData(name: string, train: string, dev: string, version = '1.1'): Promise<string> {
  await mkdir(at(name));
  await writeFile(at(`${name}/train-v${version}.json`), train);
  await writeFile(at(`${name}/dev-v${version}.json`), dev);
  return at(name);
}

let data: string;
beforeAll(async () => {
  workshop = await createWorkshop();
  data = await writeData('squad-data', squadJson(24), squadJson(12));
});
afterAll(() => rm(workshop.folder, { recursive: true }));

const short = ['--max-steps', '2', '--save-steps', '1', '--log-steps', '1'];
const train = (run: string, ...more: string[]): string[] => [
  ...['train', '--task', 'squad', '--data', data, '--base', workshop.base, '--out', at(run)],
  ...short,
  ...more,
];

async function succeed(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await runCli(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr });
  return { stdout, stderr };
}

/** Expects exit code 2, these words, no stack trace and no run folder. */
async function refused(message: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await runCli(args);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  expect(stderr).not.toMatch(/^ +at /m);
  await expect(readdir(at('refused'))).rejects.toThrow('ENOENT');
}

it(
  'trains on questions about texts, and whoever applies the diff has the same answers, string for string',
  async () => {
    const { stdout, stderr } = await succeed(...train('run', '--method', 'full'));
    expect(stderr).toContain('inputs are cut at 64 tokens, for which the base has positions');
    expect(stderr).toMatch(/train: 24 examples in \d+ windows/);
    expect(stderr).not.toContain('no pooler');
    expect(stdout).toMatch(
      /on SQuAD 1.1: dev: exactMatch \d\.\d{4}, f1 \d\.\d{4} \(the whole context: dev: exact/,
    );
    expect(stdout).toContain(`--file ${data}/dev-v1.1.json`);
    const { manifest, tensors } = await readDiff(at('run/squad.sdiff'));
    expect(manifest).toMatchObject({ task: 'squad', head: 'span', labels: [], texts: 2 });
    expect(manifest.hyperparameters).toMatchObject({
      ...{ maxLength: 64, docStride: 14, maxQuestionLength: 32, maxAnswerLength: 30, version2: false },
    });
    expect(Object.keys(manifest.metrics)).toEqual(['dev/exactMatch', 'dev/f1']);
    expect(tensors.map(({ name }) => name)).toContain('qa_outputs.weight');

    const written = await readFile(at('run/predictions.json'), 'utf8');
    const examples = await readSquad(data, 'dev');
    const base = await loadBase(workshop.base, { threads: 1 });
    const model = await applyDiff(base, at('run/squad.sdiff'));
    expect(formatPredictions(await model.predict(examples))).toBe(written);
    model.revert();
    await base.predictors.dispose();
    const nBest = JSON.parse(await readFile(at('run/nbest_predictions.json'), 'utf8')) as object;
    expect(Object.keys(nBest)).toEqual(examples.map(({ id }) => id));

    const given = ['--base', workshop.base, '--diff', at('run/squad.sdiff'), '--data', data];
    const evaluated = await succeed('evaluate', ...given, '--predictions', at('again.json'));
    expect(stdout).toContain(evaluated.stdout.split('\n')[0]);
    expect(await readFile(at('again.json'), 'utf8')).toBe(written);
    expect(await readFile(at('nbest_predictions.json'), 'utf8')).toBe(
      await readFile(at('run/nbest_predictions.json'), 'utf8'),
    );
    expect(evaluated.stdout).toContain(`written: ${at('nbest_predictions.json')}`);
    await refused(
      'nbest_predictions.json is what its alternatives are written to; give it another name',
      ...['evaluate', ...given, '--predictions', at('nbest_predictions.json')],
    );
    await refused('the GLUE server takes no squad', 'evaluate', ...given, '--submission', at('refused'));
    await refused('task squad has no split "tset"; it has train', 'evaluate', ...given, '--split', 'tset');
  },
  patience,
);

it(
  'trains the same diff on the data set of the hub, in its records',
  async () => {
    const repository = at('hf-home/hub/datasets--rajpurkar--squad');
    const commit = 'c'.repeat(40);
    const records = join(repository, 'snapshots', commit, 'plain_text');
    await mkdir(records, { recursive: true });
    await mkdir(join(repository, 'refs'));
    await writeFile(join(repository, 'refs/main'), commit);
    for (const [split, name] of [
      ['train', 'train'],
      ['dev', 'validation'],
    ] as const) {
      const rows = (await readSquad(data, split)).map(({ answers = [], ...question }) => {
        const [text, answer_start] = [answers.map(({ text }) => text), answers.map(({ start }) => start)];
        return JSON.stringify({ ...question, title: 'words', answers: { text, answer_start } });
      });
      await writeFile(join(records, `${name}-00000-of-00001.jsonl`), rows.join('\n'));
    }
    const before = { ...process.env };
    try {
      Object.assign(process.env, { HF_HOME: at('hf-home'), HF_HUB_OFFLINE: '1' });
      delete process.env['HF_HUB_CACHE'];
      const { stdout } = await succeed(...train('hub', '--method', 'full', '--data', 'rajpurkar/squad'));
      expect(stdout).toContain("--question 'a question' --context 'a text that answers it'");
    } finally {
      process.env = before;
    }
    const [hub, folder] = await Promise.all(['hub', 'run'].map((run) => readFile(at(`${run}/squad.sdiff`))));
    expect(hub!.equals(folder!)).toBe(true);
  },
  patience,
);

/** What must be the same in the folders of equal runs. */
async function results(run: string): Promise<unknown[]> {
  const names = ['squad.sdiff', 'predictions.json', 'nbest_predictions.json'];
  const files = await Promise.all(names.map((name) => readFile(at(`${run}/${name}`), 'latin1')));
  return [...files, repeatable(await readFile(at(`${run}/report.html`), 'utf8'))];
}

it(
  'learns from a teacher in windows, and ends in the same bytes when it is killed at every turn',
  async () => {
    await succeed(...train('teacher', '--method', 'full'));
    const options = ['--density', '0.01', '--fixed-mask-epochs', '1', '--values', 'int8'];
    const taught = [
      ...options,
      '--teacher',
      at('teacher/squad.sdiff'),
      '--max-length',
      '48',
      '--doc-stride',
      '8',
    ];
    await succeed(...train('once', ...taught));
    const once = await results('once');
    await succeed(...train('alone', ...options, '--max-length', '48', '--doc-stride', '8'));
    expect((await results('alone'))[0]).not.toBe(once[0]);
    const deaths = [
      'after teacher.safetensors#1',
      'after state.safetensors#2',
      'before squad.sdiff#1',
      'before nbest_predictions.json#1',
    ];
    for (const [i, crashAt] of deaths.entries()) {
      const args = train('killed', ...taught, ...(i === 0 ? [] : ['--resume']));
      expect(await runCli(args, { crashAt })).toMatchObject({ signal: 'SIGKILL' });
    }
    await succeed(...train('killed', ...taught, '--resume'));
    expect(await results('killed')).toEqual(once);
  },
  patience,
);

it(
  'knows that there may be no answer in version 2.0',
  async () => {
    const unanswered = (qa: Qa, i: number): Qa =>
      i % 3 === 0 ? { ...qa, answers: [], is_impossible: true } : qa;
    data = await writeData('squad2-data', squadJson(24, unanswered), squadJson(12, unanswered), '2.0');
    await refused(
      'has no answer in its context, as those of SQuAD 2.0; take --task squad_v2',
      ...train('refused'),
    );
    const method = ['--method', 'last-layer', '--null-threshold', '-1000'];
    const { stdout } = await succeed(...train('second', '--task', 'squad_v2', ...method));
    // all answers are the empty one by that threshold
    const none =
      'dev: exactMatch 0.3333, f1 0.3333, hasAnswerExactMatch 0.0000, hasAnswerF1 0.0000, ' +
      'noAnswerExactMatch 1.0000, noAnswerF1 1.0000';
    expect(stdout).toContain(`${none}, bestExactMatch 0.3333, bestExactMatchThreshold 0.0000, bestF1 0.3333`);
    expect(stdout).toContain(`(no answer: ${none})`);
    const { manifest } = await readDiff(at('second/squad_v2.sdiff'));
    expect(manifest.metrics).toMatchObject({ 'dev/hasAnswerF1': 0, 'dev/noAnswerF1': 1 });
    expect(manifest.hyperparameters).toMatchObject({ version2: true, nullThreshold: -1000 });
    const odds = JSON.parse(await readFile(at('second/null_odds.json'), 'utf8')) as Record<string, number>;
    expect(Object.values(odds).every(Number.isFinite)).toBe(true);
    const given = ['--base', workshop.base, '--diff', at('second/squad_v2.sdiff'), '--data', data];
    await succeed('evaluate', ...given, '--predictions', at('later.json'));
    expect(JSON.parse(await readFile(at('null_odds.json'), 'utf8'))).toEqual(odds);
  },
  patience,
);

it(
  'refuses options and data that cannot be used, before a run begins',
  async () => {
    const asked = train('refused');
    await refused(
      '--doc-stride has no meaning for task opinion: leave it out; it is an option of squad',
      ...[...[...workshop.train, '--out', at('refused'), '--doc-stride', '8']],
    );
    await refused('--null-threshold has no meaning for task squad', ...asked, '--null-threshold', '1');
    await refused(
      '--max-answer-length must be a positive whole number, not 0',
      ...asked,
      '--max-answer-length',
      '0',
    );
    await refused('lower --doc-stride or --max-question-length', ...asked, '--doc-stride', '40');
    await refused('--max-length must be a whole number from 5 to 64', ...asked, '--max-length', '384');
    const silent = squadJson(6, ({ answers: _, ...qa }) => qa);
    const unlabelled = await writeData('silent', silent, silent);
    await refused(
      'question "q0" does not say what is right, which "train" must',
      ...asked,
      '--data',
      unlabelled,
    );
    await refused('no train-v1.1.json', ...asked, '--data', workshop.data);
  },
  patience,
);
