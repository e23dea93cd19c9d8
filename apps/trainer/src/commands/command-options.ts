import { parseNumber } from '@diffprune/command-line';
import type { Option as TrainingOption } from '@diffprune/training';
import { InvalidArgumentError, Option } from 'commander';
import { flagOf, withFlags } from '../settings/settings.ts';

/** An option in a group of the help. */
export function option(
  group: string,
  flags: string,
  help: string,
  parse?: (text: string) => unknown,
): Option {
  const made = new Option(flags, help).helpGroup(group);
  return parse ? made.argParser(parse) : made;
}

/** Two numbers with a comma between them, for an option's value. */
export function parsePair(text: string): readonly [number, number] {
  const [first, second, ...more] = text.split(',');
  if (first === undefined || second === undefined || more.length > 0) {
    throw new InvalidArgumentError('Expected two numbers with a comma between them.');
  }
  return [parseNumber(first), parseNumber(second)];
}

/** Words with commas between them, for an option's value; `none` for none of them. */
function parseWords({ accepts, expected }: TrainingOption): (text: string) => readonly string[] {
  return (text) => {
    const words = text === 'none' ? [] : text.split(',');
    if (!accepts(words)) throw new InvalidArgumentError(`Expected ${expected}, with commas between them.`);
    return words;
  };
}

/**
 * The flag of an option that a table describes.
 *
 * @param shown its default; undefined where it may be left out
 */
export function flagFor(
  group: string,
  name: string,
  described: TrainingOption,
  shown: string | undefined,
): Option {
  const { argument, help, kind, choices } = described;
  const text = shown === undefined ? withFlags(help) : `${withFlags(help)} (default: ${shown})`;
  const parse = {
    number: parseNumber,
    interval: parsePair,
    choices: parseWords(described),
    choice: undefined,
  }[kind];
  const flag = option(group, `${flagOf(name)} <${argument}>`, text, parse);
  return kind === 'choice' ? flag.choices(choices!) : flag;
}
