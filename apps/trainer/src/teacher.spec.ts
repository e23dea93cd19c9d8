import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig } from '@diffprune/bert';
import { loadCheckpoint, writeCheckpoint } from '@diffprune/bert/node';
import { readBase } from '@diffprune/inference/node';
import { checkFit } from '@diffprune/inference';
import { opinionTask, sampleConfig, writeTask } from '@diffprune/samples';
import { readDiff } from '@diffprune/sparse-diff/node';
import { createWorkshop, runCli, writeBase, type Workshop } from './cli.fixture.ts';
import { applyToBase } from './train/stored-diff.ts';

/** Milliseconds for a test: each runs many programs, one after the other. */
const patience = 300_000;

let workshop: Workshop;
let teacher: string;
const at = (name: string): string => join(workshop.folder, name);
const student = ['--method', 'structured-diff-pruning', '--density', '0.01', '--max-steps', '2'];
const train = (run: string, ...more: string[]): string[] => [...workshop.train, '--out', at(run), ...more];

async function succeed(...args: string[]): Promise<string> {
  const { code, stderr } = await runCli(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr });
  return stderr;
}

beforeAll(async () => {
  workshop = await createWorkshop();
  await succeed(...train('full', '--method', 'full', '--max-steps', '4', '--learning-rate', '0.01'));
  teacher = at('full/opinion.sdiff');
}, patience);
afterAll(() => rm(workshop.folder, { recursive: true }));

/** The teacher as a Hugging Face folder, with these names of labels. */
async function writeFolder(folder: string, labelNames: readonly string[]): Promise<void> {
  const base = await readBase(workshop.base);
  const diff = await readDiff(teacher);
  const { head } = checkFit(base, diff);
  const tensors = new Map(Object.entries(applyToBase(base, diff)));
  const { config, tokenizerFiles } = base;
  await writeCheckpoint(folder, { config, tensors, heads: [head], labelNames, tokenizerFiles });
}

const tensorsOf = async (run: string) => (await readDiff(at(`${run}/opinion.sdiff`))).tensors;

it(
  'learns from a diff over the same base, and comes to the same bytes when it is killed',
  async () => {
    await succeed(...train('alone', ...student));
    const options = [...student, '--teacher', teacher, '--save-steps', '1', '--log-steps', '1'];
    const said = await succeed(...train('taught', ...options));
    expect(said).toContain(`reading the teacher ${teacher}`);
    expect(said).toContain('asking the teacher about 90 rows\n');
    expect(await tensorsOf('taught')).not.toEqual(await tensorsOf('alone'));
    const { manifest } = await readDiff(at('taught/opinion.sdiff'));
    expect(manifest.hyperparameters).toMatchObject({
      distillation: 0.9,
      temperature: 2,
      teacher: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect((await readDiff(at('alone/opinion.sdiff'))).manifest.hyperparameters).not.toHaveProperty(
      'teacher',
    );

    const deaths = [
      'before teacher.safetensors#1',
      'after teacher.safetensors#1',
      'after state.safetensors#1',
      'before opinion.sdiff#1',
    ];
    for (const crashAt of deaths) {
      const { signal, stderr } = await runCli(train('killed', ...options, '--resume'), { crashAt });
      expect({ crashAt, signal, stderr }).toEqual({ crashAt, signal: 'SIGKILL', stderr });
    }
    // what was computed is read: by one that has moved as well
    await copyFile(teacher, at('moved.sdiff'));
    const rest = await succeed('train', '--out', at('killed'), '--resume', '--teacher', at('moved.sdiff'));
    expect(rest).not.toContain('asking the teacher');
    for (const name of ['opinion.sdiff', 'predictions.tsv', 'teacher.safetensors']) {
      expect((await readFile(at(`killed/${name}`))).equals(await readFile(at(`taught/${name}`)))).toBe(true);
    }
  },
  patience,
);

it(
  'computes anew what is of another teacher or data, and refuses another teacher for a run that goes on',
  async () => {
    const options = [...student, '--teacher', teacher, '--save-steps', '1'];
    const crashAt = 'after state.safetensors#1';
    await runCli(train('stale', ...options), { crashAt });
    await succeed(...train('other', '--method', 'full', '--max-steps', '1', '--seed', '7'));
    const other = at('other/opinion.sdiff');
    await succeed(...train('of-other', ...student, '--teacher', other));

    const wrong = await runCli(['train', '--out', at('stale'), '--resume', '--teacher', other]);
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('began with another teacher (--teacher)'),
    });
    await copyFile(at('of-other/teacher.safetensors'), at('stale/teacher.safetensors'));
    expect(await succeed('train', '--out', at('stale'), '--resume')).toContain(
      'asking the teacher about 90 rows\n',
    );
    expect(await readFile(at('stale/opinion.sdiff'))).toEqual(await readFile(at('taught/opinion.sdiff')));

    await runCli(train('untaught', ...student, '--save-steps', '1'), { crashAt });
    const late = await runCli(['train', '--out', at('untaught'), '--resume', '--teacher', teacher]);
    expect(late).toMatchObject({ code: 2, stderr: expect.stringContaining('began with no teacher') });
  },
  patience,
);

it(
  'learns the same from a folder with the same weights',
  async () => {
    await writeFolder(at('folder'), ['Negative', 'POSITIVE']);
    await succeed(...train('of-folder', ...student, '--teacher', at('folder')));
    await succeed(...train('of-diff', ...student, '--teacher', teacher));
    expect(await tensorsOf('of-folder')).toEqual(await tensorsOf('of-diff'));
  },
  patience,
);

it(
  'refuses a teacher that does not fit, and options without one, before it makes a folder',
  async () => {
    const refused = async (message: string, ...args: string[]): Promise<void> => {
      const { code, stderr } = await runCli(train('refused', ...student, ...args));
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
      expect(stderr).not.toMatch(/^ +at /m);
      await expect(stat(at('refused'))).rejects.toThrow('ENOENT');
    };
    const alone = 'has no meaning without a teacher: leave it out, or give --teacher as well';
    await refused(`--temperature ${alone}`, '--temperature', '3');
    await refused(`--distillation ${alone}`, '--distillation', '0.5');
    const of = (path: string): string[] => ['--teacher', path];
    await refused('--temperature must be a number from 0.1 to 100', ...of(teacher), '--temperature', '0');
    await refused(`${at('none.sdiff')}: no such file`, ...of(at('none.sdiff')));
    await refused(`${at('nowhere')}: there is no such folder`, ...of(at('nowhere')));
    await refused('not a sparse diff', ...of(join(workshop.base, 'config.json')));

    await refused('the model has no head, but opinion needs a classification head of', ...of(workshop.base));
    await writeFolder(at('swapped'), [...opinionTask.labels].reverse());
    await refused('its labels are positive, negative, but opinion needs', ...of(at('swapped')));
    await writeFolder(at('few-positions'), opinionTask.labels);
    const { tensors, heads, tokenizerFiles } = await loadCheckpoint(at('few-positions'));
    const json = { hidden_size: 32, num_hidden_layers: 1, intermediate_size: 64, max_position_embeddings: 6 };
    const config = parseConfig({ ...sampleConfig, ...json });
    const name = 'bert.embeddings.position_embeddings.weight';
    tensors.set(name, tensors.get(name)!.slice(0, 6 * 32));
    await writeCheckpoint(at('few-positions'), { config, tensors, heads, tokenizerFiles });
    await refused('it has 6 positions, but rows have up to', ...of(at('few-positions')));
    await writeFolder(at('words'), opinionTask.labels);
    const vocabulary = (await readFile(at('words/vocab.txt'), 'utf8')).split('\n');
    [vocabulary[90], vocabulary[91]] = [vocabulary[91]!, vocabulary[90]!];
    await writeFile(at('words/vocab.txt'), vocabulary.join('\n'));
    await refused("its tokenizer is another than the base's", ...of(at('words')));

    await mkdir(at('elsewhere'));
    await writeBase(at('elsewhere/base'), { seed: 5 });
    const foreign = ['--base', at('elsewhere/base'), '--method', 'last-layer', '--max-steps', '1'];
    await succeed(...train('elsewhere/run', ...foreign));
    await refused('the diff is for', ...of(at('elsewhere/run/opinion.sdiff')));
    await rename(at('elsewhere/run/opinion.sdiff'), at('foreign.bin'));
    await refused('the diff is for', ...of(at('foreign.bin')));

    await writeTask(at('scores'), 'similarity', { seed: 1, trainRows: 20, devRows: 10 });
    const similarity = ['--task', 'similarity', '--data', at('scores')];
    await succeed(...train('similarity', ...similarity, '--method', 'last-layer', '--max-steps', '1'));
    const score = at('similarity/similarity.sdiff');
    await refused(`--teacher ${score} is for task similarity (regression)`, ...of(score));
    await refused(
      'the model has a classification head, but similarity needs',
      ...similarity,
      ...of(at('folder')),
    );
    await succeed(
      ...train('taught-scores', ...similarity, '--method', 'full', '--max-steps', '1', ...of(score)),
    );
  },
  patience,
);
