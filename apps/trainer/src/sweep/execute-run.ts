import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunResult, SweepRun } from '@diffprune/sweeps';
import { readRunResult } from '@diffprune/sweeps/node';
import { isInUse } from '../run-folder/run-lock.ts';
import { supervised } from '../run-folder/stop-request.ts';
import { makeSampleData, trainArguments } from './train-arguments.ts';

/** How a run ended: to be gone on with, if it was stopped. */
export type Outcome =
  | { readonly kind: 'finished'; readonly result: RunResult }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'stopped' };

/** Who looks at a run. */
export interface Watch {
  /** Called when it is begun, by whatever process. */
  begin(): void;
  /** Takes what it says last of how it goes on. */
  line(text: string): void;
  /** Aborted where it is to stop. */
  readonly stop: AbortSignal;
}

/** Milliseconds between two looks at a folder that another process works in. */
const interval = 500;
/** How many of the last lines are kept that a process wrote. */
const tail = 40;

/**
 * Trains a run to its end in a process of its own, which goes on from the run's checkpoint, if there is one, and stops
 * when this one ends. Where another process works in the run's folder, it waits for that one.
 *
 * @param folder where run folders are; what the process writes is added to `<name>.log` there
 */
export async function executeRun(run: SweepRun, folder: string, watch: Watch): Promise<Outcome> {
  const out = join(folder, run.name);
  await mkdir(folder, { recursive: true });
  await makeSampleData(run, folder);
  for (;;) {
    while (!watch.stop.aborted && (await isInUse(out))) {
      watch.line('another process works on it');
      await sleep(interval);
    }
    if (watch.stop.aborted) return { kind: 'stopped' };
    watch.begin();
    const args = await trainArguments(run, folder);
    const problem = await train(args, `${out}.log`, watch);
    if (problem === undefined) return { kind: 'finished', result: await readRunResult(out) };
    if (watch.stop.aborted) return { kind: 'stopped' };
    if (!(await isInUse(out))) return { kind: 'failed', message: problem };
  }
}

/** @returns what went wrong; undefined where nothing did */
async function train(args: readonly string[], log: string, watch: Watch): Promise<string | undefined> {
  const program = [...process.execArgv, process.argv[1]!, 'train', ...args];
  const child = spawn(process.execPath, program, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, [supervised]: '1' },
    detached: true, // Ctrl-C is for this process, which tells that one
    windowsHide: true,
  });
  const stop = (): void => void child.kill('SIGINT');
  watch.stop.addEventListener('abort', stop);
  const file = createWriteStream(log, { flags: 'a' });
  const said: string[] = [];
  const [stdout, stderr] = [child.stdout!, child.stderr!];
  for (const stream of [stdout, stderr]) stream.pipe(file, { end: false });
  createInterface(stderr).on('line', (line) => {
    said.push(line);
    if (said.length > tail) said.shift();
    watch.line(line);
  });
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (...ended) => resolve(ended));
    });
    if (code === 0) return undefined;
    const error = said.findLastIndex((line) => line.startsWith('error: '));
    if (error >= 0) return said.slice(error).join('\n').replace(/^error: /, ''); // prettier-ignore
    return `its process ended ${signal === null ? `with code ${code}` : `by ${signal}`}`;
  } finally {
    watch.stop.removeEventListener('abort', stop);
    await new Promise<void>((resolve) => file.end(resolve));
  }
}
