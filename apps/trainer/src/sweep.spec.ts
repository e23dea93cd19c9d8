import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeTask } from '@diffprune/samples';
import {
  createWorkshop,
  runCli,
  startCli,
  type Outcome,
  type Running,
  type Workshop,
} from './cli.fixture.ts';

/** Milliseconds for a test: each runs many programs. */
const patience = 600_000;

let workshop: Workshop;
const at = (name: string): string => join(workshop.folder, name);
beforeAll(async () => {
  workshop = await createWorkshop();
  const rows = { seed: 1, trainRows: 48, devRows: 24 };
  await writeTask(at('tasks/Opinion'), 'opinion', rows);
  await writeTask(at('tasks/inference'), 'inference', rows);
});
afterAll(() => rm(workshop.folder, { recursive: true }));

function expectCode(outcome: Outcome, code: number): void {
  expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code, stderr: outcome.stderr });
}

async function writeSweep(name: string, sweep: object): Promise<string> {
  const path = at(`${name}.json`);
  await writeFile(path, JSON.stringify({ name, ...sweep }));
  return path;
}

/** The names that a program said it began. */
function begun({ stderr }: Outcome): string[] {
  return [...stderr.matchAll(/^begun: (\S+)$/gm)].map(([, name]) => name!).sort();
}

describe('sweep', () => {
  const short = { 'max-length': 32, 'max-steps': 2, threads: 1 };
  const last = { method: 'last-layer' };

  it(
    'stops, goes on, does what was added, and records what fails',
    async () => {
      const options = {
        ...short,
        'max-steps': 400,
        'save-steps': 100,
        data: at('tasks'),
        base: workshop.base,
      };
      const grid = { task: 'opinion', seed: [1, 2] };
      const file = await writeSweep('small', { options, grid, runs: [{ ...last, epochs: 1000 }] });
      const again = ['sweep', file, '--runs', at('small')];
      const stopped = await runCli(again, { signal: 'SIGINT', signalAt: 'begun: ' });
      expectCode(stopped, 130);
      expect(stopped.stderr).toContain('stopped; 0 of 2 runs are done. Go on with:\n');
      expect(stopped.stderr).toContain(`diffprune-train ${again.join(' ')}\n`);
      expect(begun(stopped)).toHaveLength(1);

      const gone = await runCli(again);
      expectCode(gone, 0);
      const names = begun(gone);
      expect(names).toHaveLength(2);
      expect(names[0]).toBe('base_opinion_last-layer_seed-1_epochs-1000-max-length-32-max-steps-400');
      expect(gone.stdout).toMatch(/^# small\n\n\| method \| epochs \| opinion \|/);
      const table = await readFile(at('small/small.md'), 'utf8');
      expect(gone.stdout).toContain(table);
      const changed = (name: string) =>
        stat(at(`small/${name}/opinion.sdiff`)).then(({ mtimeMs }) => mtimeMs);
      const times = await Promise.all(names.map(changed));

      // of what is added, one run asks for more rows than there are
      const added = [
        { method: 'full', 'max-steps': 2 },
        { method: 'full', 'max-steps': 2, 'train-rows': 1000 },
      ];
      const taught = { ...last, teacher: { method: 'full', 'train-rows': 1000 }, 'max-steps': 2 };
      const runs = [{ ...last, epochs: 1000 }, ...added, taught];
      await writeSweep('small', { options, grid, runs });
      const failed = await runCli([...again, '--only', 'seed=1']);
      expectCode(failed, 1);
      const full = 'base_opinion_full_seed-1_max-length-32-max-steps-2';
      const tooMany = 'base_opinion_1000-rows_full_seed-1_max-length-32-max-steps-2';
      expect(begun(failed)).toEqual([tooMany, full].sort());
      const message = `--train-rows is 1000, but ${at('tasks/Opinion')} has 48 rows in its train split; give fewer, or leave the option out`;
      expect(failed.stderr).toContain(`failed: ${tooMany}: ${message}\n`);
      expect(failed.stderr).toContain('2 of 4 runs failed. Try them again with:\n');
      const failures = JSON.parse(await readFile(at('small/small.failures.json'), 'utf8'));
      expect(failures).toEqual([
        { run: tooMany, message },
        {
          run: expect.stringContaining('taught-by-full-1000_seed-1'),
          message: `its teacher failed, ${tooMany}`,
        },
      ]);
      expect(await readFile(at(`small/${tooMany}.log`), 'utf8')).toContain(`error: ${message}`);
      expect(failed.stdout).toContain(`Not there: \`${tooMany}\``);
      expect(await Promise.all(names.map(changed))).toEqual(times);
    },
    patience,
  );

  it('makes the data of sample tasks, and lets runs learn from one another', async () => {
    const options = { ...short, base: workshop.base, 'train-rows': 40 };
    const runs = [{ method: 'full' }, { ...last, teacher: { method: 'full' } }];
    const file = await writeSweep('taught', { options, grid: { task: 'opinion' }, runs });
    expectCode(await runCli(['sweep', file, '--runs', at('taught'), '--parallel', '2']), 0);
    const rows = (await readFile(at('taught/data/opinion-40/train.tsv'), 'utf8')).trimEnd().split('\n');
    expect(rows).toHaveLength(41);
    const { lines, runs: each } = JSON.parse(await readFile(at('taught/taught.json'), 'utf8'));
    expect(lines.map(({ options }: { options: object }) => options)).toEqual([
      { method: 'full' },
      { method: 'last-layer', teacher: 'full' },
    ]);
    const [, { run, score }] = each;
    const config = JSON.parse(await readFile(at(`taught/${run}/config.json`), 'utf8'));
    const name = 'base_opinion_40-rows_full_max-length-32-max-steps-2';
    expect(config.settings.teacher).toBe(at(`taught/${name}/opinion.sdiff`));
    expect(lines[1].cells[0].scores).toEqual([score]);
  }, patience); // prettier-ignore

  it('refuses what is wrong before anything starts, naming file, row and option', async () => {
    const runs = [
      { ...last, task: 'opinion' },
      { method: 'full', task: 'opinion', densty: 1 },
    ];
    const file = await writeSweep('wrong', { options: short, runs });
    const outcome = await runCli(['sweep', file, '--runs', at('wrong')]);
    expectCode(outcome, 2);
    expect(outcome.stderr).toContain(`error: ${file}: runs[1]: unknown option '--densty'`);
    expect(existsSync(at('wrong'))).toBe(false);
  });
});

const servers = ['redis-server', 'valkey-server'];
const server = servers.find((name) => spawnSync(name, ['--version']).status === 0);
const itQueue = server === undefined ? it.skip : it;

/** A server of its own, on a free port. */
async function startServer(): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'queue-'));
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  const child: ChildProcess = spawn(server!, settings, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of child.stdout!) if (String(chunk).includes('Ready to accept')) break;
  return {
    address: `redis://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}

describe(`sweep --queue and worker (${server ?? 'skipped: neither redis-server nor valkey-server is installed'})`, () => {
  itQueue(
    'give the tables of a local sweep, byte for byte, though a worker is killed in the middle of a run',
    async () => {
      const sweep = {
        options: { data: at('tasks'), 'max-length': 32, 'max-steps': 6, 'save-steps': 1, threads: 1 },
        grid: { task: ['opinion', 'inference'], seed: [1, 2] },
        runs: [
          { method: ['full', 'structured-diff-pruning'] },
          { method: 'magnitude-pruning', remaining: 0.1 },
        ],
      };
      const file = await writeSweep('papers', sweep);
      const { address, stop } = await startServer();
      const workers: Running[] = [];
      try {
        const local = await runCli(['sweep', file, '--runs', at('local'), '--parallel', '2']);
        expectCode(local, 0);
        expect(begun(local)).toHaveLength(12);

        const following = startCli(['sweep', file, '--runs', at('queued'), '--queue', address]);
        const startWorker = (): Running => {
          const worker = startCli(['worker', address, '--patience', '2']);
          workers.push(worker);
          return worker;
        };
        const [first, second] = [startWorker(), startWorker()] as const;
        const name = await onTheWay(first);
        first.child.kill('SIGKILL');
        const queued = await following.ended;
        expectCode(queued, 0);
        second.child.kill('SIGINT');
        expectCode(await second.ended, 130);

        // the other worker went on with what the first one had begun
        expect((await first.ended).signal).toBe('SIGKILL');
        expect((await second.ended).stderr).toContain(`finished: ${name}\n`);
        const log = await readFile(at(`queued/${name}.log`), 'utf8');
        expect(log).toMatch(/^going on at step \d+ of /m);
        const tables = (await readdir(at('local'))).filter((each) => each.startsWith('papers.')).sort();
        expect(tables).toEqual(['papers.html', 'papers.json', 'papers.md']);
        for (const each of tables) {
          const [here, there] = await Promise.all(
            ['local', 'queued'].map((of) => readFile(at(`${of}/${each}`))),
          );
          expect(there!.equals(here!)).toBe(true);
        }
        const diff = (of: string) => readFile(at(`${of}/${name}/${name.split('_')[1]}.sdiff`));
        expect((await diff('queued')).equals(await diff('local'))).toBe(true);
      } finally {
        for (const { child } of workers) child.kill('SIGKILL');
        await Promise.all(workers.map(({ ended }) => ended));
        await stop();
      }
    },
    patience,
  );
});

describe(`worker (${server ?? 'skipped'})`, () => {
  itQueue(
    'gives its run back when it is stopped, and tells what came of runs in folders of its own',
    async () => {
      const options = {
        data: at('tasks'),
        base: workshop.base,
        task: 'opinion',
        'max-length': 32,
        threads: 1,
      };
      const long = { method: 'last-layer', epochs: 1000, 'max-steps': 400, 'save-steps': 100 };
      const runs = [long, { method: 'full', 'max-steps': 1, 'train-rows': 1000 }];
      const file = await writeSweep('apart', { options, runs });
      const name = 'base_opinion_last-layer_epochs-1000-max-length-32-max-steps-400';
      const { address, stop } = await startServer();
      const workers: Running[] = [];
      const startWorker = (): Running => {
        const worker = startCli(['worker', address, '--runs', at('elsewhere')]);
        workers.push(worker);
        return worker;
      };
      try {
        const following = startCli(['sweep', file, '--runs', at('apart'), '--queue', address]);
        await following.says(`nobody takes runs from the queue yet`);
        const first = startWorker();
        await first.says(`begun: ${name}`);
        first.child.kill('SIGINT');
        const given = await first.ended;
        expectCode(given, 130);
        expect(given.stderr).toContain(`stopped: ${name}\n`);
        const second = startWorker();
        const { stdout, stderr, code } = await following.ended;
        expect({ code, stderr }).toEqual({ code: 1, stderr });
        expect(stderr).toContain(`going on with ${name}\n`);
        expect(stderr).toMatch(/failed: base_opinion_1000-rows_full_\S+: --train-rows is 1000, but /);
        expect(stdout).toMatch(/\| last-layer \| 1000 \|.+\| \d+\.\d \|/);
        expect(existsSync(at(`apart/${name}`))).toBe(false);
        const told = JSON.parse(await readFile(at(`apart/${name}.result.json`), 'utf8'));
        const [line] = (await readFile(at(`elsewhere/${name}/metrics.jsonl`), 'utf8'))
          .trimEnd()
          .split('\n')
          .slice(-1);
        expect(told.scores).toEqual(JSON.parse(line!).splits.dev.scores);
        second.child.kill('SIGINT');
        await second.ended;
      } finally {
        for (const { child } of workers) child.kill('SIGKILL');
        await Promise.all(workers.map(({ ended }) => ended));
        await stop();
      }
    },
    patience,
  );
});

/** The name of a run that a worker is in the middle of: there is a checkpoint, and no diff yet. */
async function onTheWay(worker: Running): Promise<string> {
  await worker.says('begun: ');
  for (;;) {
    for (const name of await readdir(at('queued'))) {
      const own = worker.said().includes(`begun: ${name}\n`);
      const task = name.split('_')[1];
      const isThere = (part: string): boolean => existsSync(at(`queued/${name}/${part}`));
      if (own && isThere('checkpoint/state.safetensors') && !isThere(`${task}.sdiff`)) return name;
    }
    await sleep(5);
  }
}
