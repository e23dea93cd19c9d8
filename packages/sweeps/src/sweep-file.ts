import { excerptJson } from '@diffprune/files';
import { SweepError } from './errors.ts';

/** Options of `train` without their dashes, with values as the command line takes them. */
export type Options = Readonly<Record<string, string>>;

/** Options that come together. A teacher may be a run of the sweep, said by the options that it has. */
export type Point = Readonly<Record<string, string | Options>>;

/** An option with what it takes in turn. */
export interface Axis {
  readonly name: string;
  readonly points: readonly Point[];
}

/** What a sweep file says. */
export interface Sweep {
  /** The file's path, for messages. */
  readonly path: string;
  readonly name: string;
  readonly description?: string;
  /** What all runs have. */
  readonly options: Point;
  /** What all rows go through: the first axis changes last. */
  readonly grid: readonly Axis[];
  /** A row is what it takes in turn, as the grid is; one without any axis where the file has none. */
  readonly rows: readonly (readonly Axis[])[];
}

const optionName = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Options of `train` that a sweep says itself. */
const ownOptions: readonly string[] = ['out', 'resume'];

type Refuse = (problem: string) => never;

/**
 * Checks what a sweep file says: names, and that values are texts or numbers. What options mean is for whoever runs it.
 *
 * @param value the file's JSON
 * @param path the file's, for messages
 * @throws SweepError naming the first part that is none of a sweep's
 */
export function parseSweep(value: unknown, path: string): Sweep {
  const refuse: Refuse = (problem) => {
    throw new SweepError(`${path}: ${problem}`);
  };
  const parts = ['name', 'description', 'options', 'grid', 'runs'];
  const file = objectOf(value, 'a sweep', refuse);
  for (const part of Object.keys(file)) {
    if (!parts.includes(part)) refuse(`unknown part "${part}"; a sweep has ${parts.join(', ')}`);
  }
  const { name, description, options = {}, grid = {}, runs } = file;
  if (typeof name !== 'string' || !/^\w[\w.-]*$/.test(name)) {
    refuse(`"name" is ${excerptJson(name)}, expected letters, digits, "-", "_" and "."`);
  }
  if (description !== undefined && typeof description !== 'string') refuse('"description" must be a text');
  if (runs === undefined && file['grid'] === undefined) refuse('neither "grid" nor "runs": there is no run');
  if (runs !== undefined && !(Array.isArray(runs) && runs.length > 0)) {
    refuse('"runs" must be a list of at least one row');
  }
  return {
    ...{ path, name: name as string },
    ...(description !== undefined && { description: description as string }),
    options: pointOf(objectOf(options, '"options"', refuse), (problem) => refuse(`options: ${problem}`)),
    grid: axesOf(objectOf(grid, '"grid"', refuse), (problem) => refuse(`grid: ${problem}`)),
    rows: ((runs ?? [{}]) as unknown[]).map((row, i) => {
      const place = rowName(i);
      return axesOf(objectOf(row, place, refuse), (problem) => refuse(`${place}: ${problem}`));
    }),
  };
}

/** How messages call a row. */
export function rowName(index: number): string {
  return `runs[${index}]`;
}

function objectOf(value: unknown, what: string, refuse: Refuse): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : refuse(`${what} is ${excerptJson(value)}, expected an object`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function axesOf(object: Readonly<Record<string, unknown>>, refuse: Refuse): Axis[] {
  return Object.entries(object).map(([name, value]) => {
    checkName(name, refuse);
    const values = Array.isArray(value) ? value : [value];
    if (values.length === 0) refuse(`"${name}" is an empty list, expected at least one value`);
    const points = values.map((each) => {
      // an object with the axis's own option in it is options that come together
      const together = isObject(each) && Object.hasOwn(each, name);
      return pointOf(together ? each : { [name]: each }, refuse);
    });
    return { name, points };
  });
}

function pointOf(object: Readonly<Record<string, unknown>>, refuse: Refuse): Point {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => {
      if (name !== 'teacher' || !isObject(value)) return [name, textOf(name, value, refuse)];
      const entries = Object.entries(value);
      if (entries.length === 0) refuse('"teacher" is {}, expected options of a run');
      return [name, Object.fromEntries(entries.map(([of, each]) => [of, textOf(of, each, refuse)]))];
    }),
  );
}

function textOf(name: string, value: unknown, refuse: Refuse): string {
  checkName(name, refuse);
  if (typeof value === 'number' || (typeof value === 'string' && value !== '')) return String(value);
  const also = isObject(value) ? `, or an object with "${name}" in it` : '';
  return refuse(`"${name}" is ${excerptJson(value)}, expected a text or number as --${name} takes it${also}`);
}

function checkName(name: string, refuse: Refuse): void {
  if (ownOptions.includes(name)) refuse(`"${name}" is for the sweep to say; leave it out`);
  if (optionName.test(name)) return;
  const spelt = name.replace(/^-+/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const advice = optionName.test(spelt) ? `; is "${spelt}" meant?` : '';
  refuse(`"${name}" is no option; expected one of train's, without its dashes${advice}`);
}
