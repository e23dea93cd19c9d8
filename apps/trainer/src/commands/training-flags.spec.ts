import { readFile } from 'node:fs/promises';
import { methodNames, methods, methodsWith, optionsOf } from '@diffprune/training';
import { Command } from 'commander';
import { flagOf, withFlags } from '../settings/settings.ts';
import { taskOptions } from '../tasks/task-options.ts';
import {
  describedOptions,
  describedTaskOptions,
  trainingFlags,
  type DescribedOption,
} from './training-flags.ts';

/** What the flags make of these arguments. */
function parse(...args: string[]): Record<string, unknown> {
  const command = new Command().exitOverride().configureOutput({ writeErr() {} });
  for (const flag of trainingFlags()) command.addOption(flag);
  return command.parse(args, { from: 'user' }).opts();
}

it('there is one flag for each option that any method has', () => {
  const names = new Set(methodNames.flatMap((method) => Object.keys(optionsOf(method))));
  expect(
    trainingFlags()
      .map((flag) => flag.attributeName())
      .sort(),
  ).toEqual([...names].sort());
});

it('the help says which methods have an option, unless all have it', () => {
  for (const flag of trainingFlags()) {
    const having = methodsWith(flag.attributeName());
    const all = having.length === methodNames.length;
    expect(flag.helpGroupHeading).toBe(all ? 'Training:' : `For ${having.join(', ')}:`);
  }
});

it('numbers, words and intervals are read as such', () => {
  const numbers = ['--density', '0.01', '--stretch', '-1,2'];
  expect(parse(...numbers, '--group-penalty', 'product', '--exclude', 'word-embeddings,key')).toEqual({
    density: 0.01,
    stretch: [-1, 2],
    groupPenalty: 'product',
    exclude: ['word-embeddings', 'key'],
  });
  expect(parse('--exclude', 'none')).toEqual({ exclude: [] });
  for (const wrong of [
    ['--density', 'many'],
    ['--stretch', '1'],
    ['--group-penalty', 'mean'],
    ['--exclude', 'value'],
    ['--exclude', 'key,key'],
    ['--exclude', ''],
  ]) {
    expect(() => parse(...wrong)).toThrow(/is invalid/);
  }
});

it('the README has a row for each option, as its table of the task or the method says', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const rows = readme
    .split('\n')
    .filter((line) => line.startsWith('| `--'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  const row = (all: readonly string[], { name, option, having, shown }: DescribedOption) => [
    `\`${flagOf(name)}\``,
    shown ?? '',
    withFlags(option.help),
    having.length === all.length ? 'all' : having.map((owner) => `\`${owner}\``).join(', '),
  ];
  const expected = [
    ...describedTaskOptions().map((option) => row(Object.keys(taskOptions), option)),
    ...describedOptions().map((option) => row(methodNames, option)),
  ];
  expect(rows.filter((cells) => cells.length === 4)).toEqual(expected);
});

it('the README names every method with its title', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  for (const { name, title, source } of Object.values(methods)) {
    expect(readme.replace(/ +/g, ' ')).toContain(`| \`${name}\` | ${title} | ${source} |`);
  }
});

it('the README of the whole has a row for each method', async () => {
  const readme = await readFile(new URL('../../../../README.md', import.meta.url), 'utf8');
  for (const name of methodNames) expect(readme).toContain(`\n| \`${name}\` `);
});
