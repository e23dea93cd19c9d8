import { completeOptions, methodNames } from '@diffprune/training';
import { trainCommand } from '../commands/train-command.ts';
import type { RunConfig } from '../settings/run-config.ts';
import { repeatCommand } from './repeat-command.ts';

/** What the command line makes of a command, all of whose arguments need no quotes. */
async function parsed(command: string): Promise<Record<string, unknown>> {
  let given: Record<string, unknown> = {};
  const program = trainCommand().exitOverride();
  program.action((options: Record<string, unknown>) => void (given = options));
  await program.parseAsync(command.replace(/^.*? train /, '').split(' '), { from: 'user' });
  return given;
}

it.each(methodNames)('the command that repeats a run of %s says all of its settings', async (method) => {
  const size = { parameters: 1e6, rows: 1000, task: 'sst2', taught: false };
  const settings = {
    ...{
      task: 'sst2',
      data: 'glue/SST-2',
      base: 'model',
      method,
      engine: 'cpu',
      values: 'fp32',
      maxLength: 64,
    },
    ...completeOptions(method, { seed: 3 }, size),
  } as unknown as RunConfig['settings'];
  const command = repeatCommand({ settings } as RunConfig, 'runs/again');
  const given = await parsed(command);
  const { values, ...others } = settings;
  expect(values).toBe('fp32');
  expect(given).toMatchObject(JSON.parse(JSON.stringify({ ...others, out: 'runs/again' })));
});

it("the definition of a task of one's own is a file", () => {
  const settings = { task: 'mine', data: 'my data', values: 'fp16' } as unknown as RunConfig['settings'];
  const definition = { name: 'mine' } as NonNullable<RunConfig['definition']>;
  expect(repeatCommand({ settings, definition } as RunConfig, 'out')).toMatch(
    / train --task mine\.json --data 'my data' --values fp16 --out out$/,
  );
});
