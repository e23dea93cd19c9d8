import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { InputError } from '@diffprune/command-line';
import { expandSweep, parseSweep } from '@diffprune/sweeps';
import { readSweep } from '@diffprune/sweeps/node';
import { checkRuns } from './check-sweep.ts';
import { openQueue } from './queue.ts';
import { shareThreads, trainArguments } from './train-arguments.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-sweep-'));
});
afterAll(() => rm(folder, { recursive: true }));

const runsOf = (...runs: object[]) =>
  expandSweep(parseSweep({ name: 'a', grid: { task: 'opinion' }, runs }, 'sweep.json'));
const first = { method: 'last-layer' };

describe('checkRuns', () => {
  it.each([
    [{ method: 'fall' }, 'unknown method "fall"; known methods: '],
    [{ ...first, densty: 1 }, "unknown option '--densty'"],
    [{ ...first, density: 0.1 }, '--density has no meaning for method last-layer'],
    [{ method: 'diff-pruning', density: 2 }, '--density must be '],
    [{ method: 'full', epochs: 'many' }, "option '--epochs <number>' argument 'many' is invalid"],
    [{ method: 'full', 'doc-stride': 3 }, '--doc-stride has no meaning for task opinion'],
    [{ method: 'full', task: 'mrpc' }, '--data is missing'],
    [{ method: 'full', task: 'opinions' }, 'unknown task "opinions"'],
    [{ method: 'full', base: './none' }, '--base: there is no ./none, nor is this the name of anything on the hub'],
    [{ method: 'full', distillation: 0.5 }, '--distillation'],
  ])('refuses %j, naming file and row', async (row, message) => {
    const checked = checkRuns(runsOf(first, row), folder);
    await expect(checked).rejects.toThrow(InputError);
    await expect(checked).rejects.toThrow(`sweep.json: runs[1]: ${message}`);
  }); // prettier-ignore

  it('refuses a run whose folder holds another', async () => {
    const [run] = runsOf({ ...first, epochs: 2 });
    const out = join(folder, run!.name);
    await mkdir(out);
    await writeFile(join(out, 'notes.txt'), '');
    await expect(checkRuns([run!], folder)).rejects.toThrow(
      `sweep.json: runs[0]: ${out} holds files that are`,
    );
  });
});

it('the sweep files of tools/evidence say what train takes', async () => {
  const evidence = fileURLToPath(new URL('../../../../tools/evidence', import.meta.url));
  const files = (await readdir(evidence, { recursive: true })).filter((name) =>
    /^(papers|small|measured)\/.*\.json$/.test(name),
  );
  expect(files.length).toBeGreaterThan(45);
  const hub = { glue: 'nyu-mll/glue', squad: 'rajpurkar/squad' };
  for (const name of files) {
    const sweep = await readSweep(join(evidence, name));
    expect(`${sweep.name}.json`).toBe(basename(name));
    const tasks = /^measured\/.*(glue|squad)/.exec(name)?.[1] as keyof typeof hub | undefined;
    const runs = expandSweep(sweep, tasks === undefined ? {} : { data: hub[tasks] });
    const some = runs.filter(
      ({ line }, i) => runs.findIndex((run) => isDeepStrictEqual(run.line, line)) === i,
    );
    expect(await checkRuns(some, folder)).toEqual(new Set());
  }
});

describe('trainArguments', () => {
  it("takes the task's folder of a folder of tasks, and the diff of the teacher", async () => {
    for (const name of ['GLUE/SST-2', 'GLUE/mrpc']) await mkdir(join(folder, name), { recursive: true });
    const data = join(folder, 'GLUE');
    const argumentsOf = async (task: string, options = {}) => {
      const runs = runsOf({ task, method: 'full', data, ...options });
      return (await trainArguments(runs[0]!, folder)).join(' ');
    };
    expect(await argumentsOf('sst2')).toContain(`--data ${data}/SST-2 --out`);
    expect(await argumentsOf('mrpc')).toContain(`--data ${data}/mrpc --out`);
    expect(await argumentsOf('cola')).toContain(`--data ${data} --out`);
    expect(await argumentsOf('cola', { data: 'nyu-mll/glue' })).toContain('--data nyu-mll/glue --out');
    const [, taught] = runsOf({ method: 'full' }, { ...first, teacher: { method: 'full' } });
    expect(await trainArguments(taught!, folder)).toEqual([
      ...['--task', 'opinion', '--method', 'last-layer', '--data', join(folder, 'data/opinion')],
      ...['--teacher', join(folder, 'sample-model_opinion_full/opinion.sdiff')],
      ...['--out', join(folder, taught!.name), '--resume'],
    ]);
  });
});

it('runs that are done at the same time share the cores, unless they say how many threads they have', () => {
  const threadsOf = (parallel: number, threads?: number) =>
    shareThreads(runsOf(first, { method: 'full', threads: 3 }), parallel, threads).map(
      ({ options }) => options['threads'],
    );
  expect(threadsOf(1)).toEqual([undefined, '3']);
  expect(threadsOf(1000)).toEqual(['1', '3']);
  expect(threadsOf(1000, 2)).toEqual(['2', '3']);
});

describe('openQueue', () => {
  it('says where there is no queue, without the password', async () => {
    await expect(openQueue('--queue', 'localhost')).rejects.toThrow(
      '--queue is localhost, expected an address such as redis://localhost:6379',
    );
    const opened = openQueue('--queue', 'redis://:secret@127.0.0.1:1');
    await expect(opened).rejects.toThrow(InputError);
    await expect(opened).rejects.toThrow(
      '--queue: no Redis or Valkey answers at redis://…@127.0.0.1:1: connect ECONNREFUSED',
    );
  });
});
