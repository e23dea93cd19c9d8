import { programNames } from '@diffprune/command-line';
import { showOption } from '@diffprune/training';
import { shellQuote } from '../format.ts';
import type { RunConfig } from '../settings/run-config.ts';
import { flagOf } from '../settings/settings.ts';

/**
 * The command that repeats a run, every option spelt out.
 *
 * @param out the folder of the repetition
 */
export function repeatCommand({ settings, definition }: RunConfig, out: string): string {
  const { task, values, ...rest } = settings;
  const given: readonly (readonly [string, string | undefined])[] = [
    ['task', definition === undefined ? task : `${task}.json`],
    ...Object.entries(rest).map(
      ([name, value]) => [name, value === undefined ? value : showOption(value)] as const,
    ),
    ['values', values === 'fp32' ? undefined : values], // which not every method has
    ['out', out],
  ];
  const options = given.flatMap(([name, value]) => (value === undefined ? [] : [flagOf(name), value]));
  return [programNames(process.env).train, 'train', ...options.map(shellQuote)].join(' ');
}
