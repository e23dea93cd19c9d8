import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOutputFolder, InputError, programNames } from '@diffprune/command-line';
import { readJson, writeFileAtomically } from '@diffprune/files/node';
import { chooseRuns, expandSweep, type Options, type RunResult, type SweepRun } from '@diffprune/sweeps';
import { readRunResult, readSweep } from '@diffprune/sweeps/node';
import { shellQuote } from '../format.ts';
import { RunFolder } from '../run-folder/run-folder.ts';
import { StopRequest } from '../run-folder/stop-request.ts';
import { resolveTask } from '../tasks/resolve-task.ts';
import { checkRuns } from './check-sweep.ts';
import type { Outcome } from './execute-run.ts';
import { queueRunner } from './queue-runner.ts';
import { localRunner, type Runner } from './runner.ts';
import { SweepProgress } from './sweep-progress.ts';
import { shareThreads } from './train-arguments.ts';
import { writeTables } from './write-tables.ts';

/** What the command line says of a sweep. */
export interface SweepArguments {
  /** Where run folders are. */
  readonly runs: string;
  /** How many run at a time on this machine. */
  readonly parallel?: number;
  /** Address of the queue that others take runs from. */
  readonly queue?: string;
  /** `option=value` of the runs that are wanted. */
  readonly only?: readonly string[];
  /** Options of `train` in place of what the file says of them. */
  readonly base?: string;
  readonly data?: string;
  readonly engine?: string;
  readonly threads?: number;
}

/**
 * Brings the runs of a sweep to their end, as far as they are not there, and writes its tables and plots.
 *
 * @param path the sweep file's
 * @returns the exit code: 1 where a run failed
 * @throws InputError and SweepError for what is wrong in the file, before anything starts
 */
export async function runSweep(path: string, args: SweepArguments): Promise<number> {
  const { runs: folder, parallel = 1, queue } = args;
  await checkOutputFolder('--runs', folder);
  const sweep = await readSweep(path);
  const chosen = chooseRuns(expandSweep(sweep, givenOptions(args)), wantedOptions(args.only ?? []));
  const runs = queue === undefined ? shareThreads(chosen, parallel) : chosen;
  const finished = await checkRuns(runs, folder);
  await mkdir(folder, { recursive: true });
  const results = new RunResults(folder, finished);
  const missing = runs.filter((run) => !results.has(run));
  const done = runs.length - missing.length;

  const progress = new SweepProgress(process.stderr, runs.length, done);
  progress.line(`${sweep.name}: ${runs.length} runs, ${done} of them are done`);
  const failures: Failure[] = [];
  if (missing.length > 0) {
    const runner =
      queue === undefined ? localRunner(folder, parallel) : await queueRunner(queue, folder, runs, progress);
    const { outcomes, exitCode } = await followRuns(missing, runner, results, progress);
    for (const [run, outcome] of outcomes) {
      if (outcome.kind === 'failed') failures.push({ run: run.name, message: outcome.message });
    }
    await writeFailures(join(folder, `${sweep.name}.failures.json`), failures);
    if (exitCode !== undefined) {
      const now = runs.filter((run) => results.has(run)).length;
      progress.line(`stopped; ${now} of ${runs.length} runs are done. Go on with:\n  ${thisCommand()}`);
      return exitCode;
    }
  }
  process.stdout.write(await writeTables(sweep, runs, await results.all(runs), folder));
  for (const { run, message } of failures) {
    process.stderr.write(`failed: ${run}: ${message}\n  all that it said: ${join(folder, `${run}.log`)}\n`);
  }
  if (failures.length === 0) return 0;
  process.stderr.write(
    `${failures.length} of ${runs.length} runs failed. Try them again with:\n  ${thisCommand()}\n`,
  );
  return 1;
}

/** Has runs done, each after its teacher, until all are or a signal comes, and adds what comes of them to the results. */
async function followRuns(
  runs: readonly SweepRun[],
  runner: Runner,
  results: RunResults,
  progress: SweepProgress,
): Promise<{ readonly outcomes: ReadonlyMap<SweepRun, Outcome>; readonly exitCode: number | undefined }> {
  const stopping = new AbortController();
  const request = new StopRequest(() => {
    progress.line('stopping; once more to quit at once');
    stopping.abort();
  });
  const ends = new Map<string, Promise<Outcome>>();
  const follow = async (run: SweepRun): Promise<Outcome> => {
    const taught = run.teacher === undefined ? undefined : await ends.get(run.teacher);
    if (taught?.kind === 'failed') {
      return { kind: 'failed', message: `its teacher failed, ${run.teacher}` };
    }
    if (stopping.signal.aborted) return { kind: 'stopped' };
    const { name } = run;
    const outcome = await runner
      .run(run, {
        begin: () => progress.begin(name),
        line: (text) => progress.status(name, text),
        stop: stopping.signal,
      })
      .catch((error: Error): Outcome => ({ kind: 'failed', message: error.message }));
    if (outcome.kind === 'finished') await results.add(run, outcome.result);
    if (outcome.kind !== 'stopped') progress.end(name, describeOutcome(outcome));
    return outcome;
  };
  try {
    for (const run of runs) ends.set(run.name, follow(run));
    const outcomes = await Promise.all(runs.map(async (run) => [run, await ends.get(run.name)!] as const));
    return { outcomes: new Map(outcomes), exitCode: request.exitCode };
  } finally {
    progress.close();
    await runner.close();
    request.release();
  }
}

function describeOutcome(outcome: Outcome): string {
  if (outcome.kind !== 'finished') return 'failed';
  const { scores } = outcome.result;
  const shown = Object.entries(scores).map(([metric, value]) => `${metric} ${value.toFixed(4)}`);
  return `finished, ${shown.join(', ')}`;
}

/** What came of runs: what their folders say or, where these are on another machine, what that one told. */
class RunResults {
  constructor(
    readonly folder: string,
    /** Names of the runs whose folders are here and finished. */
    readonly finished: Set<string>,
  ) {}

  has({ name }: SweepRun): boolean {
    return this.finished.has(name) || existsSync(this.#told(name));
  }

  async add({ name, task }: SweepRun, result: RunResult): Promise<void> {
    const here = new RunFolder(join(this.folder, name)).finished((await resolveTask(task)).task.name);
    if (here) this.finished.add(name);
    else await writeFileAtomically(this.#told(name), `${JSON.stringify(result)}\n`);
  }

  /** @returns results by the names of the runs that are done */
  async all(runs: readonly SweepRun[]): Promise<ReadonlyMap<string, RunResult>> {
    const found = runs
      .filter((run) => this.has(run))
      .map(async ({ name }) => {
        const here = this.finished.has(name);
        const result = here ? readRunResult(join(this.folder, name)) : readJson(this.#told(name));
        return [name, (await result) as RunResult] as const;
      });
    return new Map(await Promise.all(found));
  }

  #told(name: string): string {
    return join(this.folder, `${name}.result.json`);
  }
}

interface Failure {
  readonly run: string;
  readonly message: string;
}

/** Keeps what failed, and nothing where nothing did. */
async function writeFailures(path: string, failures: readonly Failure[]): Promise<void> {
  if (failures.length === 0) await rm(path, { force: true });
  else await writeFileAtomically(path, `${JSON.stringify(failures, null, 2)}\n`);
}

function givenOptions({ base, data, engine, threads }: SweepArguments): Options {
  const given = Object.entries({ base, data, engine, threads });
  return Object.fromEntries(
    given.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/** `task=mrpc,cola` and so on, by option. */
function wantedOptions(texts: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, values] = /^(?:--)?([a-z][a-z0-9-]*)=(.+)$/.exec(text) ?? [];
      if (name === undefined || values === undefined) {
        throw new InputError(`--only ${text}: expected an option and its values, such as task=mrpc,cola`);
      }
      return [name, values.split(',')];
    }),
  );
}

/** What was typed to start this program. */
function thisCommand(): string {
  return [programNames(process.env).train, ...process.argv.slice(2).map(shellQuote)].join(' ');
}
