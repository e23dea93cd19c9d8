import { hostname } from 'node:os';
import { join } from 'node:path';
import { checkOutputFolder, InputError } from '@diffprune/command-line';
import type { RunResult, SweepRun } from '@diffprune/sweeps';
import { readRunResult } from '@diffprune/sweeps/node';
import { StopRequest } from '../run-folder/stop-request.ts';
import { checkRuns } from './check-sweep.ts';
import { executeRun, type Outcome, type Watch } from './execute-run.ts';
import { openQueue, queueName, type QueuedRun } from './queue.ts';
import { shareThreads } from './train-arguments.ts';

/** What the command line says of a worker. */
export interface WorkerArguments {
  /** Where run folders are; the sweep's own unless given. */
  readonly runs?: string;
  /** How many run at a time. */
  readonly parallel?: number;
  readonly threads?: number;
  /** Seconds after which a worker of which nothing is heard counts as gone. */
  readonly patience?: number;
}

/** How often a run may lose its worker before it is given up: it may be the run that kills them. */
const mostStalls = 10;
/** Milliseconds between two words on how a run goes on. */
const interval = 1000;

/**
 * Takes runs from a queue and does them, until a signal comes. BullMQ locks a run for its worker as long as that renews
 * the lock; a run whose lock has run out goes back into the queue, and to another worker.
 *
 * @param address of a Redis or Valkey server
 * @returns the exit code
 * @throws what {@link openQueue} throws
 */
export async function runWorker(address: string, args: WorkerArguments): Promise<number> {
  const { parallel = 1, patience = 30, runs: folder } = args;
  if (folder !== undefined) await checkOutputFolder('--runs', folder);
  const { bullmq, connection } = await openQueue('worker', address);
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const stopping = new AbortController();
  const worker = new bullmq.Worker<unknown, RunResult>(
    queueName,
    async (job, token) => {
      const { run, teachers, folder: given } = checkQueued(job.data);
      let told = -Infinity;
      const line = (text: string): void => {
        if (performance.now() - told < interval) return;
        told = performance.now();
        job.updateProgress(text).catch(() => {}); // whether the server can be reached is told below
      };
      const runs = shareThreads([...teachers, run], parallel, args.threads);
      const outcome = await performAll(runs, folder ?? given, { line, say, stop: stopping.signal });
      if (outcome.kind === 'finished') return outcome.result;
      if (outcome.kind === 'failed') throw new Error(outcome.message);
      await job.moveToWait(token);
      throw new bullmq.WaitingError();
    },
    {
      ...{ connection, name: `${hostname()}:${process.pid}`, concurrency: parallel },
      ...{ lockDuration: 1000 * patience, stalledInterval: 1000 * patience, maxStalledCount: mostStalls },
    },
  );
  let last = '';
  worker.on('error', ({ message }) => {
    if (message !== last) say(`queue: ${message}`);
    last = message;
  });
  await worker.waitUntilReady();
  say('waiting for runs; Ctrl-C ends this');
  const exitCode = await new Promise<number>((resolve) => {
    const request = new StopRequest(() => {
      say('stopping; once more to quit at once');
      stopping.abort();
      resolve(request.exitCode!);
    });
  });
  await worker.close();
  return exitCode;
}

/** Does runs one after the other, those that are finished already aside. @returns the last outcome, or the first that is not good */
async function performAll(
  runs: readonly SweepRun[],
  folder: string,
  { line, say, stop }: Pick<Watch, 'line' | 'stop'> & { say(text: string): void },
): Promise<Outcome> {
  const finished = await checkRuns(runs, folder);
  let outcome: Outcome = { kind: 'stopped' };
  for (const run of runs) {
    const { name } = run;
    if (finished.has(name)) outcome = { kind: 'finished', result: await readRunResult(join(folder, name)) };
    else outcome = await executeRun(run, folder, { begin: () => say(`begun: ${name}`), line, stop });
    say(outcome.kind === 'failed' ? `failed: ${name}: ${outcome.message}` : `${outcome.kind}: ${name}`);
    if (outcome.kind !== 'finished') break;
  }
  return outcome;
}

/** What stands in the queue, if it is a run: whoever reaches the server can put anything there. */
function checkQueued(data: unknown): QueuedRun {
  const { run, teachers, folder } = (data ?? {}) as Partial<QueuedRun>;
  const isRun = ({ name, task, place, options, teacher }: Partial<SweepRun>): boolean =>
    [name, teacher ?? ''].every((text) => typeof text === 'string' && /^(?!\.)[\w.,@+-]*$/.test(text)) &&
    [task, place].every((text) => typeof text === 'string') &&
    typeof options === 'object' &&
    !Object.hasOwn(options, 'out') &&
    Object.entries(options).flat().every((text) => typeof text === 'string'); // prettier-ignore
  const runs: unknown[] = Array.isArray(teachers) ? [run, ...teachers] : [];
  if (runs.length > 0 && runs.every((each) => isRun(each ?? {})) && typeof folder === 'string') {
    return data as QueuedRun;
  }
  throw new InputError('what stands in the queue is no run of this version of the program');
}
