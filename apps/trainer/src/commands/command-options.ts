import { parseNumber } from '@diffprune/command-line';
import { InvalidArgumentError, Option } from 'commander';

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
