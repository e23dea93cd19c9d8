/** One training run of a comparison. */
export interface Run {
  readonly task: string;
  /** The first rows of the training file; all where it is left out. Of a sample task: how many to make. */
  readonly rows?: number;
  readonly method: string;
  /** Part of the base that the diff changes; absent for methods that store what they train whole. */
  readonly density?: number;
  readonly seed: number;
  /** Options of `train` beside these: none but where methods would not have the same budget. */
  readonly options: readonly string[];
}

/** A task with the epochs that the trainer gives it after the projection; before it three. */
interface TaskRows {
  readonly task: string;
  readonly rows?: number;
  readonly fixedMaskEpochs: number;
}

const seeds = [1, 2, 3];
const firstEpochs = 3;

/** A comparison: full fine-tuning, and diffs of these densities by several methods, with the epochs of both stages. */
function compare(
  tasks: readonly TaskRows[],
  methods: readonly string[],
  densities: readonly number[],
): Run[] {
  return seeds.flatMap((seed) =>
    tasks.flatMap(({ fixedMaskEpochs, ...task }): Run[] => {
      const budget = ['--epochs', String(firstEpochs + fixedMaskEpochs)];
      const diffs = densities.flatMap((density) =>
        methods.map((method): Run => ({ ...task, method, density, seed, options: [] })),
      );
      return [{ ...task, method: 'full', seed, options: budget }, ...diffs];
    }),
  );
}

const glue: readonly TaskRows[] = [
  { task: 'stsb', fixedMaskEpochs: 5 },
  { task: 'mrpc', fixedMaskEpochs: 5 },
  { task: 'cola', fixedMaskEpochs: 3 },
  { task: 'sst2', rows: 8000, fixedMaskEpochs: 3 },
];

const samples: readonly TaskRows[] = [
  { task: 'opinion', rows: 8000, fixedMaskEpochs: 3 },
  { task: 'inference', rows: 6000, fixedMaskEpochs: 3 },
  { task: 'similarity', rows: 6000, fixedMaskEpochs: 3 },
];

const nonAdaptive = 'non-adaptive-diff-pruning';
const structured = 'structured-diff-pruning';

/** The comparisons by name: all seeds of a task's methods are to be had before the next comparison begins. */
export const matrices: Readonly<Record<string, readonly Run[]>> = {
  glue: compare(glue, [nonAdaptive, structured], [0.005, 0.001]),
  samples: compare(samples, [nonAdaptive, structured], [0.005, 0.001]),
};

/** The arguments of `train` that a run's method takes. */
export function methodArguments({ task, method, density, seed, options }: Run): string[] {
  const sparse = density === undefined ? [] : ['--density', String(density)];
  return ['--task', task, '--method', method, ...sparse, '--seed', String(seed), ...options];
}

/** Names a run among all: two of one name are the same. */
export function runName(base: string, { task, rows, method, density, seed, options }: Run): string {
  const parts = [base, task, ...(rows === undefined ? [] : [`${rows}-rows`]), method];
  const sparse = density === undefined ? [] : [String(density)];
  const others = options.map((text) => text.replace(/^--/, '')).join('-');
  return [...parts, ...sparse, `seed-${seed}`, ...(others === '' ? [] : [others])].join('_');
}
