import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsePredictions, taskOf, type TaskDefinition } from '@diffprune/glue';
import { readTask } from '@diffprune/glue/node';
import { applyDiff, classify, loadBase } from '@diffprune/inference/node';
import { readDiff } from '@diffprune/sparse-diff/node';
import { createWorkshop, runCli, type Workshop } from './cli.fixture.ts';
import { readGlueRun } from './submit/read-runs.ts';
import { readTaskFile } from './tasks/own-task.ts';

const parquet = fileURLToPath(new URL('fixtures/reviews.parquet', import.meta.url));
const short = ['--method', 'non-adaptive-diff-pruning', '--density', '0.01', '--max-steps', '2'];

let workshop: Workshop;
const at = (name: string): string => join(workshop.folder, name);
const write = async (name: string, text: string): Promise<void> => {
  await mkdir(dirname(at(name)), { recursive: true });
  await writeFile(at(name), text);
};
const train = (task: string, data: string, out: string, ...more: string[]) => {
  const inputs = ['--task', at(task), '--data', at(data), '--base', workshop.base, '--out', at(out)];
  return ['train', ...inputs, ...short, '--max-length', '24', '--threads', '1', ...more];
};
const succeed = async (args: readonly string[], options = {}): Promise<string> => {
  const { code, stdout, stderr } = await runCli(args, options);
  expect({ code, stderr }).toEqual({ code: 0, stderr });
  return stdout;
};

beforeAll(async () => {
  workshop = await createWorkshop();
});
afterAll(() => rm(workshop.folder, { recursive: true }));

describe('the README’s task of your own', () => {
  let definition: TaskDefinition;
  beforeAll(async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const section = /\n## A task of your own\n([^]*?)\n## /.exec(readme)![1]!;
    for (const [, name, text] of section.matchAll(/`([\w./]+)`:\n\n```\w+\n([^]*?)```/g)) {
      await write(name!, text!);
    }
    const commands = [...section.matchAll(/^\$ npm run trainer -- (.*)$/gm)].map(([, words]) =>
      words!.split(' '),
    );
    expect(commands.map(([command]) => command)).toEqual(['train', 'evaluate', 'evaluate']);
    definition = JSON.parse(await readFile(at('reviews.json'), 'utf8')) as TaskDefinition;
    await copyFile(parquet, at('reviews/new.parquet'));
    const [training, ...evaluations] = commands;
    const paths = (words: readonly string[]): string[] =>
      words.map((word) => (/^(reviews|runs|new\.tsv)/.test(word) ? at(word) : word));
    await succeed([...paths(training!), '--base', workshop.base, ...short, '--max-length', '24']);
    const [dev] = [await succeed([...paths(evaluations[0]!), '--base', workshop.base])];
    expect(dev).toMatch(/^dev: accuracy (0|1)\.\d{4}, f1 (0|1)\.\d{4}\n$/);
    await succeed([...paths(evaluations[1]!), '--base', workshop.base]);
  });

  it('is in the manifest, and answers by the labels’ names', async () => {
    const { manifest } = await readDiff(at('runs/reviews/reviews.sdiff'));
    expect(manifest).toMatchObject({ task: 'reviews', labels: ['bad', 'good'], texts: 1 });
    expect(Object.keys(manifest.metrics)).toEqual(['dev/accuracy', 'dev/f1']);
    const model = await applyDiff(await loadBase(workshop.base), at('runs/reviews/reviews.sdiff'));
    const { label } = await classify(model, 'A story that ends too soon .');
    expect(definition.labels).toContain(label);
    const pair = classify(model, { textA: 'a', textB: 'b' });
    await expect(pair).rejects.toThrow('task reviews takes one text, but example 0 has two');
    const predictions = parsePredictions(await readFile(at('new.tsv')), 'new.tsv', taskOf(definition));
    expect(predictions).toHaveLength(16);
  });

  it('is known to the run folder, and not to the submission', async () => {
    const config = JSON.parse(await readFile(at('runs/reviews/config.json'), 'utf8')) as object;
    expect(config).toMatchObject({ definition, settings: { task: 'reviews' } });
    await expect(readGlueRun(at('runs/reviews'))).rejects.toThrow(
      `${at('runs/reviews')} is a run of task reviews, which is not one of GLUE's`,
    );
  });

  it('is given to evaluate where the diff lies elsewhere', async () => {
    await mkdir(at('elsewhere'));
    await copyFile(at('runs/reviews/reviews.sdiff'), at('elsewhere/reviews.sdiff'));
    const evaluate = ['evaluate', '--base', workshop.base, '--data', at('reviews'), '--diff'];
    const unknown = await runCli([...evaluate, at('elsewhere/reviews.sdiff')]);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(
      /unknown task "reviews"; known tasks: cola, .*; for a task of your own give the path of its \.json file/,
    );
    const given = ['--task', at('reviews.json')];
    expect(await succeed([...evaluate, at('elsewhere/reviews.sdiff'), ...given])).toMatch(/^dev: accuracy/);
  });
});

describe('a task of one’s own', () => {
  const task: TaskDefinition = {
    ...{ name: 'mine', type: 'classification', texts: ['review'], label: 'verdict', index: 'id' },
    labels: ['bad', 'good'],
  };

  it('trains the same diff from TSV, JSONL and Parquet, with a teacher, and after a kill', async () => {
    const rows = await readTask(
      parquet,
      taskOf({ ...task, splits: { train: 'reviews.parquet', dev: 'reviews.parquet' } }),
      'train',
    );
    const records = rows.examples.map(({ index, textA, label }) => ({
      ...{ id: index, review: textA, verdict: task.labels![label!]! },
    }));
    const tsv = ['id\treview\tverdict', ...records.map((row) => Object.values(row).join('\t'))];
    await copyFile(parquet, await mkdir(at('mine'), { recursive: true }).then(() => at('mine/all.parquet')));
    await write('mine/all.tsv', tsv.join('\n'));
    await write('mine/all.jsonl', records.map((row) => JSON.stringify(row)).join('\n'));
    const results = async (out: string): Promise<string[]> =>
      Promise.all(['mine.sdiff', 'predictions.tsv'].map((name) => readFile(at(`${out}/${name}`), 'base64')));
    for (const format of ['tsv', 'jsonl', 'parquet']) {
      const splits = { train: `all.${format}`, dev: `all.${format}` };
      await write(`${format}.json`, JSON.stringify({ ...task, splits }));
      await succeed(train(`${format}.json`, 'mine', format));
    }
    const tsvResults = await results('tsv');
    expect(await results('jsonl')).toEqual(tsvResults);
    expect(await results('parquet')).toEqual(tsvResults);
    expect(await readFile(at('tsv/predictions.tsv'), 'utf8')).toMatch(/\n100\t(bad|good)\t0\.\d+\t0\.\d+\n/);

    // it was killed, and the file with its definition is gone or another
    const killed = train('tsv.json', 'mine', 'killed', '--save-steps', '1');
    const { signal } = await runCli(killed, { crashAt: 'after state.safetensors#1' });
    expect(signal).toBe('SIGKILL');
    await write('tsv.json', JSON.stringify({ ...task, labels: ['good', 'bad'] }));
    const resume = ['train', '--out', at('killed'), '--resume'];
    const changed = await runCli([...resume, '--task', at('tsv.json')]);
    expect(changed.code).toBe(2);
    expect(changed.stderr).toContain(
      `--task ${at('tsv.json')} is not as it was when the run in ${at('killed')} began`,
    );
    await rm(at('tsv.json'));
    await succeed(resume);
    expect(await results('killed')).toEqual(tsvResults);

    const taught = await succeed(train('jsonl.json', 'mine', 'taught', '--teacher', at('tsv/mine.sdiff')));
    expect(taught).toContain('Non-adaptive diff pruning on mine: dev: accuracy');
    expect(taught).toContain(`--file ${at('mine/all.jsonl')} --columns review`);
  });

  it('may be a regression of pairs', async () => {
    const scores = ['one,other,score', 'the film,a film,4.5', 'the songs,we left,0', '"yes, I",I,2'];
    for (const split of ['train', 'dev']) await write(`alike/${split}.csv`, scores.join('\n'));
    await succeed(train('alike.json', 'alike', 'alike-run', '--values', 'fp16')); // of the README
    const { manifest } = await readDiff(at('alike-run/alike.sdiff'));
    expect(manifest).toMatchObject({ task: 'alike', head: 'regression', labels: [], texts: 2 });
    const model = await applyDiff(await loadBase(workshop.base), at('alike-run/alike.sdiff'));
    await expect(classify(model, 'one text')).rejects.toThrow(
      'task alike takes two texts, but example 0 has one',
    );
  });

  it.each([
    [
      '{"name": "x", "type": "classification", "texts": ["t"]}',
      'my.json: the field "labels" is missing; expected a list',
    ],
    [JSON.stringify({ ...task, name: 'sst-2' }), 'my.json: "name" is "sst-2", which is a known task; give'],
    [JSON.stringify({ ...task, lables: [] }), 'my.json: unknown field "lables"; a task has the fields name,'],
    ['{"name": "x", "name": "y"}', 'my.json'],
    ['{"name": ', 'my.json: it is not JSON'],
  ])('is refused where it cannot be: %s', async (json, message) => {
    await write('my.json', json);
    await expect(readTaskFile(at('my.json'))).rejects.toMatchObject({
      fault: 'input',
      message: expect.stringContaining(message) as string,
    });
  });

  it('is refused without a stack trace where its files are missing', async () => {
    await write('my.json', JSON.stringify({ ...task, splits: { train: 'no.csv', dev: 'no.csv' } }));
    await write('empty/notes.txt', 'nothing');
    const { code, stderr } = await runCli(train('my.json', 'empty', 'refused'));
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /\nerror: .*\/empty: no no\.csv, which task mine needs for "train"; the folder holds notes\.txt\n$/,
    );
  });
});
