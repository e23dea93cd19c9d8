import { existsSync } from 'node:fs';
import { InputError } from '@diffprune/command-line';
import { parseHubId } from '@diffprune/hub';
import type { SweepRun } from '@diffprune/sweeps';
import { CommanderError } from 'commander';
import { trainCommand } from '../commands/train-command.ts';
import { RunFolder } from '../run-folder/run-folder.ts';
import { taskOfRun } from '../tasks/resolve-task.ts';
import { resolveSettings } from '../train/prepare-run.ts';
import type { TrainArguments } from '../train/train-run.ts';
import { trainArguments } from './train-arguments.ts';

/**
 * Checks what `train` will check of each run's options, before any of them starts, with the run folders that are there.
 *
 * @param runs the sweep's
 * @param folder where run folders are
 * @returns the names of the runs that are finished
 * @throws InputError naming file, row and option
 */
export async function checkRuns(runs: readonly SweepRun[], folder: string): Promise<Set<string>> {
  const finished = new Set<string>();
  const parse = trainParser();
  for (const run of runs) {
    try {
      if (await checkRun(run, folder, parse)) finished.add(run.name);
    } catch (error) {
      if ((error as { readonly fault?: unknown }).fault !== 'input') throw error;
      throw new InputError(`${run.place}: ${(error as Error).message}`);
    }
  }
  return finished;
}

/** @returns whether the run is finished */
async function checkRun(run: SweepRun, folder: string, parse: TrainParser): Promise<boolean> {
  const parsed = parse(await trainArguments(run, folder));
  const { out, resume: _, saveSteps: _s, logSteps: _l, ...flags } = parsed;
  const begun = await new RunFolder(out).config();
  const resolved = await taskOfRun(flags.task, begun, out);
  const { task } = resolveSettings(flags, begun, out, resolved?.task);
  for (const name of ['base', 'data', 'teacher'] as const) {
    const given = run.options[name];
    if (given === undefined || existsSync(given) || parseHubId(given) !== undefined) continue;
    throw new InputError(`--${name}: there is no ${given}, nor is this the name of anything on the hub`);
  }
  return begun !== undefined && new RunFolder(out).finished(task);
}

type TrainParser = (args: readonly string[]) => TrainArguments;

/** What `train` makes of its arguments; throws InputError as commander says it. */
function trainParser(): TrainParser {
  const command = trainCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  let parsed: TrainArguments | undefined;
  command.action((given: TrainArguments) => {
    parsed = given;
  });
  return (args) => {
    try {
      command.parse([...args], { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      throw new InputError(error.message.replace(/^error: /, ''));
    }
    return parsed!;
  };
}
