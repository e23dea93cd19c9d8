import { engineOptions, parseCount, programNames, valuesOption } from '@diffprune/command-line';
import { defaultMethod, methodNames, methods } from '@diffprune/training';
import { Command } from 'commander';
import { option } from './command-options.ts';
import { groupOf, sparseMethods, taskFlags, trainingFlags } from './training-flags.ts';
import { stopWithSupervisor } from '../run-folder/stop-request.ts';
import type { TrainArguments } from '../train/train-run.ts';

/** `train`: a task's training files and a base become a diff. */
export function trainCommand(): Command {
  const command = new Command('train').description(
    'Train a sparse diff of a pretrained BERT for a task of GLUE, SQuAD or your own. What comes out lies in the run folder: the diff, ' +
      'the predictions for the dev split, the course of the training, and a report.',
  );
  const run = 'The run:';
  const options = [
    option(
      run,
      '--task <name>',
      'cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli, squad or squad_v2, or the path of a .json file that describes a task of ' +
        'your own; below',
    ),
    option(
      run,
      '--data <path>',
      "the task's files: a folder in GLUE's layout or with CSV, JSONL or Parquet files, for squad with train*.json and " +
        'dev*.json, JSONL or Parquet, or a hub data set such as nyu-mll/glue or rajpurkar/squad',
    ),
    option(
      run,
      '--train-rows <number>',
      'train on the first rows of the training split alone (default: all)',
      parseCount,
    ),
    option(
      run,
      '--base <model>',
      'the pretrained model: a Hugging Face folder, or a hub id such as bert-base-uncased@main ' +
        '(default: the small one that comes with this program)',
    ),
    option(run, '--method <name>', `${methodNames.join(', ')} (default: ${defaultMethod})`),
    option(
      run,
      '--teacher <model>',
      'a model of the task to learn from beside the labels: a Hugging Face folder, a hub id, or a .sdiff over the same base',
    ),
    option(
      run,
      '--keep <which>',
      "which evaluation's model is stored: that with the best mean of dev scores, or the last (default: last). Those of the " +
        'last stage count, where weights are pruned after the last of them',
    ).choices(['best', 'last']),
    option(
      run,
      '--patience <evaluations>',
      'end the run when so many of these evaluations in a row were no better than the best (default: go on to the last step)',
      parseCount,
    ),
    option(run, '--out <folder>', 'the run folder, new or empty').makeOptionMandatory(),
    option(run, '--resume', 'go on with the run that --out holds; its own options need not be repeated'),
    option(run, '--tensorboard', "write TensorBoard's event files as well, to tensorboard in the run folder"),
    ...trainingFlags(),
    ...taskFlags(),
    valuesOption().helpGroup(groupOf(sparseMethods)),
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
Methods:
${methodTable()}

Defaults are those of the papers, but for rates, which are for the base's size.

A task of your own is a JSON file such as
  { "name": "reviews", "type": "classification", "texts": ["review"], "label": "verdict",
    "labels": ["bad", "good"], "splits": { "train": "train.tsv", "dev": "dev.jsonl", "test": "test.parquet" } }
  type      classification, or regression, of scores in "range": [0, 5]
  texts     the column of the text, or the two of a pair: ["question", "answer"]
  label     the column of the label or score (default: label)
  index     the column of the row's identifier (default: rows are counted)
  labels    the labels, in the order of the model's outputs
  values    the labels as the files spell them, where that is otherwise: ["0", "1"]
  metrics   accuracy, f1, matthews; of a regression pearson, spearman
  splits    TSV, CSV, JSONL or Parquet files in --data (default: files called train, dev and test)
  quotes    true where fields of TSV files stand in double quotes, as in CSV
Its definition is kept in the run folder's config.json.

Examples:
  ${train} train --task sst2 --data glue/SST-2 --base bert-base-uncased --out runs/sst2
      structured diff pruning, 0.5% of the base
  ${train} train --task mrpc --data glue/MRPC --base bert-base-uncased --method full --out runs/mrpc-full
      full fine-tuning, to compare with
  ${train} train --task squad --data rajpurkar/squad --base bert-base-uncased --epochs 2 --out runs/squad
      questions about texts: windows of 384 tokens
  ${train} train --task reviews.json --data reviews --out runs/reviews
      a task of one's own
  ${train} train --out runs/sst2 --resume
      go on after Ctrl-C, or after the machine went down`,
  );
  command.action(async (args: TrainArguments) => {
    stopWithSupervisor();
    const { runTraining } = await import('../train/train-run.ts');
    process.exitCode = await runTraining(args);
  });
  return command;
}

/** A line for each method: its name, title and source. */
function methodTable(): string {
  const width = Math.max(...methodNames.map((name) => name.length));
  return Object.values(methods)
    .map(({ name, title, source }) => `  ${name.padEnd(width)}  ${title} (${source})`)
    .join('\n');
}
