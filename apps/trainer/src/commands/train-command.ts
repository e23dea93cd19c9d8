import { engineOptions, parseCount, parseNumber, programNames, valuesOption } from '@diffprune/command-line';
import { Command } from 'commander';
import { option, parsePair } from './command-options.ts';
import { flagOf } from '../settings/settings.ts';
import { trainingFlags } from './training-flags.ts';
import type { TrainArguments } from '../train/train-run.ts';

/** `train`: a task's training files and a base become a diff. */
export function trainCommand(): Command {
  const command = new Command('train').description(
    'Train a sparse diff of a pretrained BERT for a GLUE task. What comes out lies in the run folder: the diff, ' +
      'the predictions for the dev split, the course of the training, and a report.',
  );
  const run = 'The run:';
  const stretch = option(
    'Diff pruning:',
    '--stretch <l,r>',
    "the gates' interval (default: -1.5,1.5)",
    parsePair,
  );
  const groupPenalty = option(
    'Diff pruning:',
    '--group-penalty <form>',
    'what has that price with groups: the sum of all probabilities, or the product of the paper (default: sum)',
  ).choices(['sum', 'product']);
  const options = [
    option(run, '--task <name>', 'cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte or wnli'),
    option(
      run,
      '--data <path>',
      "the task's files: a folder in GLUE's layout or with CSV, JSONL or Parquet files, or a hub data set such as nyu-mll/glue",
    ),
    option(
      run,
      '--base <model>',
      'the pretrained model: a Hugging Face folder, or a hub id such as bert-base-uncased@main ' +
        '(default: the small one that comes with this program)',
    ),
    option(
      run,
      '--method <name>',
      'structured-diff-pruning, diff-pruning, non-adaptive-diff-pruning, full or last-layer ' +
        '(default: structured-diff-pruning)',
    ),
    option(run, '--out <folder>', 'the run folder, new or empty').makeOptionMandatory(),
    option(run, '--resume', 'go on with the run that --out holds; its own options need not be repeated'),
    ...trainingFlags.map(({ name, argument, help, shown, group }) => {
      const text = shown === undefined ? help : `${help} (default: ${shown})`;
      return option(group, `${flagOf(name)} <${argument}>`, text, parseNumber);
    }),
    stretch,
    groupPenalty,
    valuesOption().helpGroup('Diff pruning:'),
    ...engineOptions(),
    option(
      'Machine:',
      '--save-steps <number>',
      'steps between checkpoints, beside those at the end of each epoch (default: as many as take two minutes)',
      parseCount,
    ),
    option(
      'Machine:',
      '--log-steps <number>',
      'steps between lines of metrics.jsonl (default: 10)',
      parseCount,
    ),
  ];
  for (const each of options) command.addOption(each);
  const { train } = programNames(process.env);
  command.addHelpText(
    'after',
    `
Without --l0-penalty its price is steered so that gates close down to ten times the density. Rates are for the base's
size. The other defaults are those of the paper on diff pruning (Guo, Rush and Kim, 2021), which trained BERT-large.

Examples:
  ${train} train --task sst2 --data glue/SST-2 --base bert-base-uncased --out runs/sst2
      structured diff pruning, 0.5% of the base
  ${train} train --task mrpc --data glue/MRPC --base bert-base-uncased --method full --out runs/mrpc-full
      full fine-tuning, to compare with
  ${train} train --out runs/sst2 --resume
      go on after Ctrl-C, or after the machine went down`,
  );
  command.action(async (given: TrainArguments) => {
    const { runTraining } = await import('../train/train-run.ts');
    process.exitCode = await runTraining(given);
  });
  return command;
}
