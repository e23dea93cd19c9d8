/** One training run of a comparison. */
export interface Run {
  readonly task: string;
  /** The first rows of the training file; all where it is left out. Of a sample task: how many to make. */
  readonly rows?: number;
  readonly method: string;
  /** Part of the base that the diff changes, by a method that takes that as its budget. */
  readonly density?: number;
  /** Part of the encoder's weights that is left, by a method that takes that as its budget. */
  readonly remaining?: number;
  /** The method whose run of the same task and seed it learns from beside the labels. */
  readonly teacher?: string;
  /** Whether the base's weight matrices are shuffled, each for itself. */
  readonly shuffled?: true;
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

/** What a comparison has beside full fine-tuning. */
type Variant = Omit<Run, 'task' | 'rows' | 'seed' | 'options'> & { readonly options?: readonly string[] };

const sixEpochs = ['--epochs', '6'];

/** A comparison of methods with one stage. Full fine-tuning, of six epochs, comes first, for it teaches. */
function compareWithFull(tasks: readonly TaskRows[], variants: readonly Variant[]): Run[] {
  return seeds.flatMap((seed) =>
    tasks.flatMap(({ task, rows }) => {
      const place = { task, seed, ...(rows !== undefined && { rows }) };
      const full: Variant = { method: 'full', options: sixEpochs };
      return [full, ...variants].map(({ options = [], ...variant }): Run => {
        return { ...place, ...variant, options };
      });
    }),
  );
}

const pruningMethods = ['magnitude-pruning', 'l0-pruning', 'movement-pruning', 'soft-movement-pruning'];

const pruning: readonly Variant[] = [
  ...[0.1, 0.03].flatMap((remaining) => pruningMethods.map((method) => ({ method, remaining }))),
  ...pruningMethods.map((method) => ({ method, remaining: 0.1, teacher: 'full' })),
];

const adapters: readonly Variant[] = [8, 64].map((size) => {
  return { method: 'adapters', options: [...sixEpochs, '--bottleneck', String(size)] };
});

const supermasks: readonly Variant[] = [{ method: 'supermask' }, { method: 'supermask', shuffled: true }];

/** Two tasks of GLUE: one of few, and one of more rows. */
const glueOfTwo: readonly TaskRows[] = [
  { task: 'mrpc', fixedMaskEpochs: 3 },
  { task: 'sst2', rows: 8000, fixedMaskEpochs: 3 },
];

/** The comparisons by name: all seeds of a task's methods are to be had before the next comparison begins. */
export const matrices: Readonly<Record<string, readonly Run[]>> = {
  glue: compare(glue, [nonAdaptive, structured], [0.005, 0.001]),
  samples: compare(samples, [nonAdaptive, structured], [0.005, 0.001]),
  'pruning-samples': compareWithFull(samples, pruning),
  'pruning-glue': compareWithFull(glueOfTwo, pruning),
  'adapters-samples': compareWithFull(samples, adapters),
  'adapters-glue': compareWithFull(glueOfTwo, adapters),
  'supermask-samples': compareWithFull(samples, supermasks),
  'supermask-glue': compareWithFull(glueOfTwo, supermasks),
};

/** The arguments of `train` that a run's method takes; its teacher's apart. */
export function methodArguments({ task, method, density, remaining, seed, options }: Run): string[] {
  const kept = Object.entries({ density, remaining }).flatMap(([name, value]) => {
    return value === undefined ? [] : [`--${name}`, String(value)];
  });
  return ['--task', task, '--method', method, ...kept, '--seed', String(seed), ...options];
}

/** Names a run among all: two of one name are the same. */
export function runName(base: string, run: Run): string {
  const { task, rows, method, density, remaining, teacher, shuffled, seed, options } = run;
  const others = options.map((text) => text.replace(/^--/, '')).join('-');
  const parts = [
    ...[base, task, rows === undefined ? '' : `${rows}-rows`, method, density ?? ''],
    remaining === undefined ? '' : `remaining-${remaining}`,
    teacher === undefined ? '' : `taught-by-${teacher}`,
    ...[shuffled ? 'shuffled' : '', `seed-${seed}`, others],
  ];
  return parts.filter((part) => part !== '').join('_');
}

/** The run of a comparison that a run learns from, if it learns from one. */
export function teacherOf(run: Run, matrix: readonly Run[]): Run | undefined {
  if (run.teacher === undefined) return undefined;
  const { task, seed, teacher } = run;
  return matrix.find((other) => other.task === task && other.seed === seed && other.method === teacher);
}

/** Names a run's line in a table: what it is but for task, seed and epochs. */
export function variantOf({ method, teacher, shuffled, options }: Run): string {
  const own = options.filter((text, i) => text !== '--epochs' && options[i - 1] !== '--epochs');
  const notes = [teacher === undefined ? '' : 'taught', shuffled ? 'shuffled weights' : ''];
  return [[method, ...own].join(' '), ...notes.filter((note) => note !== '')].join(', ');
}
