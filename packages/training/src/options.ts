/** What an option's default may depend on. */
export interface RunSize {
  /** d, the base's parameters. */
  readonly parameters: number;
  /** Rows to train on. */
  readonly rows: number;
  /** The task's name. */
  readonly task: string;
  /** Whether there is a teacher; none where it is left out. */
  readonly taught?: boolean;
}

export type OptionValue = number | string | readonly [number, number] | readonly string[];

/** How people are told of an option. */
interface Description {
  /** What stands for the value: `--learning-rate <rate>`. */
  readonly argument: string;
  readonly help: string;
  /** What the default is, where it is not simply a value. */
  readonly shown?: string;
}

/** One option of the training: its default, what it may be, and what people are told of it. */
export interface Option<Value = OptionValue | undefined> extends Description {
  readonly kind: 'number' | 'choice' | 'choices' | 'interval';
  /** A value, or how it follows from base, data and the options before it; undefined for one that may be left out. */
  readonly default: Value | Default<Value>;
  /** What it must be, for messages. */
  readonly expected: string;
  /** The words of a choice, or of several. */
  readonly choices?: readonly string[];
  accepts(value: unknown): boolean;
}

/** A default that is not the same for all runs. */
export type Default<Value> = (size: RunSize, options: OptionValues) => Value;

/** Values of options by name, of whatever method. */
export type OptionValues = Readonly<Record<string, OptionValue | undefined>>;

/** Options by name. */
export type OptionTable = Readonly<Record<string, Option>>;

/** The values of a table's options. */
export type ValuesOf<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never;
};

/** Makes an option of a kind; without a default it may be left out. */
interface Make<Value> {
  (description: Description & { readonly default: Value | Default<Value> }): Option<Value>;
  (description: Description & { readonly default: Default<Value | undefined> }): Option<Value | undefined>;
  (description: Description): Option<Value | undefined>;
}

function numeric(expected: string, holds: (value: number) => boolean): Make<number> {
  const accepts = (value: unknown): boolean => typeof value === 'number' && holds(value);
  return ((description: Description) => {
    return { kind: 'number', default: undefined, expected, accepts, ...description };
  }) as Make<number>;
}

export const positiveInteger = numeric('a positive whole number', (value) => {
  return Number.isSafeInteger(value) && value > 0;
});
export const positive = numeric('a positive number', (value) => Number.isFinite(value) && value > 0);
export const nonNegative = numeric('a number of at least 0', (value) => Number.isFinite(value) && value >= 0);
export const finite = numeric('a finite number', Number.isFinite);
/** A positive number, or infinity. */
export const bound = numeric('a positive number', (value) => value > 0);
export const fraction = numeric('between 0 and 1', (value) => value >= 0 && value <= 1);
export const fractionBelowOne = numeric('at least 0 and below 1', (value) => value >= 0 && value < 1);
/** A fraction above 0. */
export const share = numeric('above 0 and at most 1', (value) => value > 0 && value <= 1);

/** A number of a range. */
export function numberFrom(least: number, most: number): Make<number> {
  return numeric(`a number from ${least} to ${most}`, (value) => value >= least && value <= most);
}

/** A whole number of a range. */
export function integerFrom(least: number, most: number, shownMost = String(most)): Make<number> {
  return numeric(`a whole number from ${least} to ${shownMost}`, (value) => {
    return Number.isInteger(value) && value >= least && value <= most;
  });
}

/** One of some words. */
export function choice<const Word extends string>(
  choices: readonly [Word, ...Word[]],
  description: Description & { readonly default: Word },
): Option<Word> {
  const accepts = (value: unknown): boolean => choices.some((word) => word === value);
  return { kind: 'choice', expected: choices.join(' or '), choices, accepts, ...description };
}

/** Any of some words, each at most once; none of them is written `none`. */
export function choicesOf<const Word extends string>(
  choices: readonly Word[],
  description: Description & { readonly default: readonly Word[] },
): Option<readonly Word[]> {
  const accepts = (value: unknown): boolean => {
    const known = (word: unknown): boolean => choices.some((choice) => choice === word);
    return Array.isArray(value) && value.every(known) && new Set(value).size === value.length;
  };
  return {
    kind: 'choices',
    expected: `some of ${choices.join(', ')}, or none`,
    choices,
    accepts,
    ...description,
  };
}

/** Two numbers, the lower and the upper end. */
export function interval(
  expected: string,
  holds: (low: number, high: number) => boolean,
  description: Description & { readonly default: readonly [number, number] },
): Option<readonly [number, number]> {
  const accepts = (value: unknown): boolean => {
    return Array.isArray(value) && value.length === 2 && holds(value[0] as number, value[1] as number);
  };
  return { kind: 'interval', expected, accepts, ...description };
}

/** An option outside its range, or one that a method does not have. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
  /** @param problem what follows the option's name in the message */
  constructor(
    readonly option: string,
    problem: string,
  ) {
    super(`${option} ${problem}`);
  }
}

/** The defaults of a table that are plain values, by name. */
export function defaultsOf<Table extends OptionTable>(table: Table): ValuesOf<Table> {
  const defaults = Object.entries(table).map(([name, { default: usual }]) => [name, usual] as const);
  return Object.fromEntries(defaults.filter(([, usual]) => usual !== undefined)) as ValuesOf<Table>;
}

/** A value as people write it: several parts with commas between them, no words as `none`. */
export function showOption(value: OptionValue): string {
  return Array.isArray(value) && value.length === 0 ? 'none' : String(value);
}

/** @throws OptionError unless the option may have the value */
export function checkOption(name: string, { accepts, expected }: Option, value: unknown): void {
  if (!accepts(value)) throw new OptionError(name, `must be ${expected}, not ${String(value)}`);
}
