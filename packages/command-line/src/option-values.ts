import { InvalidArgumentError } from 'commander';

/** A decimal number, for an option's value. @throws InvalidArgumentError, which commander shows beside the option */
export function parseNumber(text: string): number {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number.');
}

/** A whole number of at least 1, for an option's value. @throws InvalidArgumentError */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of at least 1.');
}

/** As {@link parseCount}, for what no machine has more of: `parseCountTo(1024)` takes 1 to 1024. */
export function parseCountTo(limit: number): (text: string) => number {
  return (text) => {
    const count = parseCount(text);
    if (count <= limit) return count;
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${limit}.`);
  };
}
