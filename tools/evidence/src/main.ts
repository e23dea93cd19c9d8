/**
 * Trains what a comparison lacks, one run after the other, as a user would at the command line, and prints its table:
 *
 *     npm run evidence -- run glue --glue <folder of CoLA, MRPC, ...> [--base <model> --name <what it is called>]
 *     npm run evidence -- table glue
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sampleModelFolder } from '@diffprune/samples/node';
import { Argument, Command } from 'commander';
import { dataFolder } from './data.ts';
import { matrices, methodArguments, runName, teacherOf, type Run } from './matrices.ts';
import { appendResult, collect, nameOf, readResults } from './results.ts';
import { writeShuffledBase } from './shuffled-base.ts';
import { formatTable } from './table.ts';

const sampleBase = 'sample-model';
/** Says how the base's weights are shuffled, the same for all runs. */
const shuffleSeed = 1;
const trainer = fileURLToPath(new URL('../../../apps/trainer/src/main.ts', import.meta.url));
const resultsFile = fileURLToPath(new URL('../results.jsonl', import.meta.url));

interface RunOptions {
  readonly glue?: string;
  readonly base?: string;
  readonly name: string;
  readonly tasks?: readonly string[];
  readonly methods?: readonly string[];
  readonly seeds?: readonly string[];
  readonly densities?: readonly string[];
  readonly remaining?: readonly string[];
  readonly threads?: string;
  readonly runs: string;
  readonly results: string;
}

/** The trainer with the loaders that this process was run with. @returns its exit code, or its signal's name */
function train(args: readonly string[]): Promise<number | string> {
  const child = spawn(process.execPath, [...process.execArgv, trainer, 'train', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'no exit code'));
  });
}

/**
 * Trains one run to its end, or goes on with it; one that is finished is left as it is.
 *
 * @param matrix that has its teacher, which is trained before it where it is not there
 * @returns its folder, and the seconds that it took, if it was not begun before
 */
async function complete(
  run: Run,
  matrix: readonly Run[],
  options: RunOptions,
): Promise<{ readonly out: string; readonly seconds: number | undefined }> {
  const { name, glue, runs, threads } = options;
  const out = join(runs, runName(name, run));
  const begun = existsSync(join(out, 'config.json'));
  const data = await dataFolder(run, glue, join(runs, 'data'));
  const source = teacherOf(run, matrix);
  const teacher = source && join((await complete(source, matrix, options)).out, `${run.task}.sdiff`);
  const base = run.shuffled ? await shuffledBase(options) : options.base;
  const inputs = Object.entries({ data, base, teacher, threads }).flatMap(([flag, value]) => {
    return value === undefined ? [] : [`--${flag}`, value];
  });
  const began = performance.now();
  const ended = await train([...methodArguments(run), ...inputs, '--out', out, '--resume']);
  if (ended !== 0)
    throw new Error(`${out}: the trainer ended with ${ended}; the same command goes on with it`);
  return { out, seconds: begun ? undefined : (performance.now() - began) / 1000 };
}

/** The folder of the base with shuffled weights, made where it is not there. */
async function shuffledBase({ base = sampleModelFolder(), name, runs }: RunOptions): Promise<string> {
  const folder = join(runs, 'bases', `${name}-shuffled`);
  if (!existsSync(join(folder, 'model.safetensors'))) await writeShuffledBase(base, folder, shuffleSeed);
  return folder;
}

const program = new Command('evidence').description('What the methods score on real tasks.');
const matrix = (): Argument => new Argument('<comparison>').choices(Object.keys(matrices));

program
  .command('run')
  .description(
    'train what a comparison lacks, one run after the other; runs that are finished are not repeated',
  )
  .addArgument(matrix())
  .option('--glue <folder>', "folder of the GLUE tasks' folders")
  .option('--base <model>', 'a Hugging Face folder or hub id (default: the sample model)')
  .option('--name <text>', 'what the results call the base', sampleBase)
  .option('--tasks <names...>', 'these tasks alone')
  .option('--methods <names...>', 'these methods alone; teachers that they lack are trained as well')
  .option('--seeds <numbers...>', 'these seeds alone')
  .option('--densities <fractions...>', 'these densities, and methods without one')
  .option('--remaining <fractions...>', 'these parts of the weights that are left, and methods without one')
  .option('--threads <number>', 'threads of the engine')
  .option('--runs <folder>', 'where run folders are made and found again', 'runs/evidence')
  .option('--results <file>', 'where results are appended', resultsFile)
  .action(async (name: string, options: RunOptions) => {
    if (options.base !== undefined && options.name === sampleBase) {
      throw new Error('say by --name what the results are to call the base');
    }
    const done = new Set(readResults(options.results).map(nameOf));
    const matrix = matrices[name]!;
    const among = (value: string | number | undefined, wanted: readonly string[] | undefined) =>
      value === undefined || (wanted?.includes(String(value)) ?? true);
    const chosen = matrix.filter(
      ({ task, method, seed, density, remaining }) =>
        among(task, options.tasks) &&
        among(method, options.methods) &&
        among(seed, options.seeds) &&
        among(density, options.densities) &&
        among(remaining, options.remaining),
    );
    const missing = chosen.filter((run) => !done.has(runName(options.name, run)));
    process.stdout.write(`${chosen.length - missing.length} of ${chosen.length} runs are there\n`);
    for (const run of missing) {
      const { out, seconds } = await complete(run, matrix, options);
      const result = await collect(out, options.name, run, seconds);
      appendResult(options.results, result);
      process.stdout.write(`${runName(options.name, run)}: ${(100 * result.score).toFixed(2)}\n`);
    }
  });

program
  .command('table')
  .description('print the table of a comparison from its results')
  .addArgument(matrix())
  .option('--name <text>', 'what the results call the base', sampleBase)
  .option('--results <file>', 'where results are', resultsFile)
  .action((name: string, { name: base, results }: Pick<RunOptions, 'name' | 'results'>) => {
    process.stdout.write(`${formatTable(base, matrices[name]!, readResults(results))}\n`);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
