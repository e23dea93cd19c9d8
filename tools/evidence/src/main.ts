/**
 * Keeps what runs scored, and prints tables of it; the runs themselves are `diffprune-train sweep`'s:
 *
 *     npm run evidence -- collect runs/sample-model_*
 *     npm run evidence -- table tools/evidence/measured/samples.json
 *     npm run evidence -- differences tools/evidence/measured/glue.json --runs runs/evidence
 *     npm run evidence -- shuffle <model> <folder>
 */
import { fileURLToPath } from 'node:url';
import { runProgram } from '@diffprune/command-line';
import { expandSweep, formatTable, summarize, type Sweep, type SweepRun } from '@diffprune/sweeps';
import { readSweep } from '@diffprune/sweeps/node';
import { Command } from 'commander';
import { compareMethods } from './differences.ts';
import { collectResults, readResults } from './results.ts';
import { writeShuffledBase } from './shuffled-base.ts';

const resultsFile = fileURLToPath(new URL('../results.jsonl', import.meta.url));
/** Says how the base's weights are shuffled, the same for all runs. */
const shuffleSeed = 1;

const baseOption = [
  '--base <model>',
  'the base whose runs are meant (default: what the sweep says, or the sample model)',
] as const;

/** @param base in place of the one that the sweep says, if any */
function runsOf(sweep: Sweep, base: string | undefined): SweepRun[] {
  return expandSweep(sweep, base === undefined ? {} : { base });
}

interface DifferencesOptions {
  readonly runs: string;
  readonly base?: string;
  readonly first: string;
  readonly second: string;
}

const program = new Command('evidence').description('Keeps what runs of sweeps scored, and tables of it.');

program
  .command('collect')
  .description('add what finished runs scored to the results')
  .argument('<folders...>', 'run folders, named as sweeps name them; what is no finished run is passed over')
  .option('--results <file>', 'the results', resultsFile)
  .action(async (folders: string[], { results }: { readonly results: string }) => {
    const added = await collectResults(folders, results);
    for (const { run, score } of added) process.stdout.write(`${run}: ${(100 * score).toFixed(2)}\n`);
    process.stdout.write(`${added.length} added to ${results}\n`);
  });

program
  .command('table')
  .description('print the table of a sweep from the results')
  .argument('<file>', 'the sweep')
  .option(...baseOption)
  .option('--results <file>', 'the results', resultsFile)
  .action(async (file: string, { base, results }: { readonly base?: string; readonly results: string }) => {
    const sweep = await readSweep(file);
    const byName = new Map((await readResults(results)).map((result) => [result.run, result]));
    const runs = runsOf(sweep, base);
    process.stdout.write(`${formatTable(summarize(sweep, runs, ({ name }) => byName.get(name)))}\n`);
  });

program
  .command('differences')
  .description(
    "print how far two methods' runs of a sweep over GLUE are apart, × 100, in the mean over the seeds, and in brackets " +
      'the standard error that drawing the dev rows anew gives it',
  )
  .argument('<file>', 'the sweep')
  .requiredOption('--runs <folder>', 'where the runs are; those that are not there are passed over')
  .option(...baseOption)
  .option('--first <method>', 'whose score comes first', 'structured-diff-pruning')
  .option('--second <method>', 'whose score is taken from it', 'non-adaptive-diff-pruning')
  .action(async (file: string, { runs: folder, base, first, second }: DifferencesOptions) => {
    const runs = runsOf(await readSweep(file), base);
    for (const { task, options, ...found } of await compareMethods(runs, folder, first, second)) {
      const [difference, error] = [found.difference, found.standardError].map((x) => (100 * x).toFixed(1));
      const line = Object.entries(options).map(([name, value]) => `${name} ${value}`);
      process.stdout.write(
        `${[task, ...line].join(', ')}: ${difference} (${error}), seeds: ${found.seeds}\n`,
      );
    }
  });

program
  .command('shuffle')
  .description('write a base whose weights are shuffled, each matrix for itself')
  .argument('<model>', 'a Hugging Face folder or hub id')
  .argument(
    '<folder>',
    'where the base goes; runs are named after it, such as bases/bert-base-uncased-shuffled',
  )
  .action((model: string, folder: string) => writeShuffledBase(model, folder, shuffleSeed));

await runProgram(program);
