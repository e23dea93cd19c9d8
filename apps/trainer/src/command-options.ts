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

/** A decimal number, for an option's value. */
export function parseNumber(text: string): number {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number.');
}

/** A whole number of at least 1, for an option's value. */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of at least 1.');
}

/** Two numbers with a comma between them, for an option's value. */
export function parsePair(text: string): readonly [number, number] {
  const [first, second, ...more] = text.split(',');
  if (first === undefined || second === undefined || more.length > 0) {
    throw new InvalidArgumentError('Expected two numbers with a comma between them.');
  }
  return [parseNumber(first), parseNumber(second)];
}

/** The options by which both commands choose what runs the model. */
export function engineOptions(): Option[] {
  const group = 'Machine:';
  return [
    option(group, '--engine <name>', 'cpu, webgpu, cuda, tensorflow, webgl or tfjs-<backend> (default: cpu)'),
    option(group, '--threads <number>', 'threads of the engine (default: one for each core)', parseCount),
  ];
}
