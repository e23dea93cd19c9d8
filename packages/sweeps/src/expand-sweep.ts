import { SweepError } from './errors.ts';
import { runName, teacherName } from './run-name.ts';
import { rowName, type Axis, type Options, type Point, type Sweep } from './sweep-file.ts';

/** A run of a sweep. */
export interface SweepRun {
  /** The name of its folder; see `runName`. */
  readonly name: string;
  /** Where in the file it comes from, for messages: `sweep.json: runs[2]`. */
  readonly place: string;
  readonly task: string;
  /** Absent where the sweep says none. */
  readonly seed?: string;
  /** All options of `train`, but for a teacher of the sweep. */
  readonly options: Options;
  /** The name of the run to learn from, which is before this one. */
  readonly teacher?: string;
  /** The line of the table that it belongs to: what the runs of a line share beside their task and its own options. */
  readonly line: Options;
}

/** More runs than this are a mistake. */
const most = 10_000;

/**
 * The runs of a sweep, each after the one that it learns from. What stands in a row counts more than the grid, and that
 * more than what is common.
 *
 * @param given options in place of all that the file says of them
 * @throws SweepError naming the row whose run lacks a task or method, is there twice, or has no one teacher
 */
export function expandSweep(sweep: Sweep, given: Options = {}): SweepRun[] {
  const count = sizeOf(sweep.grid) * sweep.rows.reduce((sum, row) => sum + sizeOf(row), 0);
  if (count > most) throw new SweepError(`${sweep.path}: ${count} runs, expected at most ${most}`);
  const found = product(sweep.grid).flatMap((points) =>
    sweep.rows.flatMap((row, i) => {
      const place = row.length > 0 ? `${sweep.path}: ${rowName(i)}` : sweep.path;
      return product(row).map((ofRow): Found => {
        const chosen = [...points, ...ofRow];
        const point = mergeAll([sweep.options, ...chosen.map(([, each]) => each), given]);
        return { point, place, name: runName(point), line: lineOf(point, chosen) };
      });
    }),
  );
  checkNames(found);
  return teachersFirst(
    found.map((run): SweepRun => {
      const { name, place, line, point } = run;
      const teacher = teacherOf(run, found);
      const { teacher: path, ...others } = point;
      const options = (typeof path === 'string' ? point : others) as Options;
      const { task = '', seed } = options;
      return {
        ...{ name, place, task, options, line },
        ...(seed !== undefined && { seed }),
        ...(teacher !== undefined && { teacher }),
      };
    }),
  );
}

/** A run before its teacher is known. */
interface Found extends Pick<SweepRun, 'name' | 'place' | 'line'> {
  readonly point: Point;
}

function checkNames(found: readonly Found[]): void {
  const byName = new Map<string, Found>();
  for (const run of found) {
    for (const option of ['task', 'method']) {
      if (run.point[option] === undefined) throw new SweepError(`${run.place}: no "${option}" is said`);
    }
    const same = byName.get(run.name);
    if (same !== undefined) {
      throw new SweepError(
        `${run.place}: the run ${run.name} is there already, by ${same.place}; say it once ` +
          '(data and machine do not tell runs apart, and paths do by their last part alone)',
      );
    }
    byName.set(run.name, run);
  }
}

type Chosen = readonly (readonly [Axis, Point])[];

/** How many combinations the axes' points have. */
function sizeOf(axes: readonly Axis[]): number {
  return axes.reduce((size, { points }) => size * points.length, 1);
}

/** All combinations of the axes' points; the first axis changes last. */
function product(axes: readonly Axis[]): (readonly [Axis, Point])[][] {
  return axes.reduce<(readonly [Axis, Point])[][]>(
    (combinations, axis) =>
      combinations.flatMap((before) => axis.points.map((point) => [...before, [axis, point] as const])),
    [[]],
  );
}

function mergeAll(points: readonly Point[]): Point {
  return Object.assign({}, ...points) as Point;
}

/** What grid and row say of a run beside its task, with the options that come together with that, and its seed. */
function lineOf(point: Point, points: Chosen): Options {
  const told = mergeAll(points.flatMap(([{ name }, point]) => (name === 'task' ? [] : [point])));
  const names = Object.keys(told).filter((name) => !['task', 'seed', 'data', 'teacher'].includes(name));
  const shown = ['method', ...names].map((name) => [name, String(point[name])] as const);
  const teacher = teacherName(told);
  return { ...Object.fromEntries(shown), ...(teacher !== undefined && { teacher }) };
}

/** The name of the run that one learns from: the one of its task and seed with the options that the teacher is to have. */
function teacherOf({ point, name, place }: Found, runs: readonly Found[]): string | undefined {
  const { teacher, task, seed } = point;
  if (typeof teacher !== 'object') return undefined;
  const wanted = Object.entries({ task, ...(seed !== undefined && { seed }), ...teacher });
  const able = runs.filter(
    (run) => run.name !== name && wanted.every(([option, value]) => run.point[option] === value),
  );
  if (able.length === 1) return able[0]!.name;
  const said = wanted.map(([option, value]) => `${option} ${String(value)}`).join(', ');
  const which = able.length === 0 ? 'no other run' : `${able.length} runs (${able[0]!.name}, …)`;
  throw new SweepError(`${place}: "teacher": ${which} of the sweep with ${said}; expected one`);
}

function teachersFirst(runs: readonly SweepRun[]): SweepRun[] {
  const byName = new Map(runs.map((run) => [run.name, run]));
  const ordered = new Set<SweepRun>();
  const place = (run: SweepRun, pupils: readonly string[]): void => {
    if (pupils.includes(run.name))
      throw new SweepError(`${run.place}: "teacher": ${run.name} would teach itself`);
    if (run.teacher !== undefined) place(byName.get(run.teacher)!, [...pupils, run.name]);
    ordered.add(run);
  };
  for (const run of runs) place(run, []);
  return [...ordered];
}

/**
 * The runs of a sweep that have one of the wanted values of each of these options, and their teachers; a run that does
 * not say an option has none of its values.
 *
 * @param wanted values by option: `{ task: ['mrpc', 'cola'], seed: ['1'] }`
 * @throws SweepError naming an option or value that no run has
 */
export function chooseRuns(
  runs: readonly SweepRun[],
  wanted: Readonly<Record<string, readonly string[]>>,
): SweepRun[] {
  for (const [option, values] of Object.entries(wanted)) {
    const known = new Set(runs.flatMap(({ options }) => options[option] ?? []));
    const strange = values.find((value) => !known.has(value));
    if (strange === undefined) continue;
    const has = known.size === 0 ? `none says ${option}` : `${option} is ${[...known].join(', ')}`;
    throw new SweepError(`no run of the sweep has ${option} ${strange}: ${has}`);
  }
  const chosen = runs.filter(({ options }) =>
    Object.entries(wanted).every(([option, values]) => values.includes(options[option] ?? '')),
  );
  const names = new Set(chosen.map(({ name }) => name));
  for (const { name, teacher } of [...runs].reverse()) {
    if (teacher !== undefined && names.has(name)) names.add(teacher);
  }
  return runs.filter(({ name }) => names.has(name));
}
