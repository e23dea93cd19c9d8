import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Effort, GroupResult } from './group.ts';
import { progress, range } from './report.ts';
import { measured } from './statistics.ts';
import { takeTurns } from './take-turns.ts';

/** How an app is run: its build, or, where there is none that runs, its source. */
export function command(app: string): { built: boolean; args: string[] } {
  const file = (path: string): string =>
    fileURLToPath(new URL(`../../../apps/${app}/${path}`, import.meta.url));
  const build = file('dist/main.js');
  const built = existsSync(build) && spawnSync(process.execPath, [build, '--version']).status === 0;
  if (!built) progress(`${app} has no build that runs (npm run build makes one)`);
  return { built, args: built ? [build] : [...process.execArgv, file('src/main.ts')] };
}

/** Time until each app has said which version it is. */
export async function startGroup({ quick }: Effort): Promise<GroupResult[]> {
  progress('start: both apps');
  const commands = { trainer: command('trainer'), applier: command('applier') };
  const start = (args: readonly string[]) => async (): Promise<number> => {
    const begin = performance.now();
    execFileSync(process.execPath, [...args, '--version'], { stdio: 'ignore' });
    return performance.now() - begin;
  };
  const times = await takeTurns(
    { trainer: start(commands.trainer.args), applier: start(commands.applier.args) },
    quick ? 3 : 9,
  );
  const table = [
    ['app', 'run from', 'ms'],
    ...(['trainer', 'applier'] as const).map((app) => [
      ...[app, commands[app].built ? 'dist' : 'source', range(measured(times[app]))],
    ]),
  ];
  return [{ title: 'Start-up (--version)', table, details: times, figures: {} }];
}
