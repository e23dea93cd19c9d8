import { engineOptions, parseCount, programNames } from '@diffprune/command-line';
import { Command } from 'commander';
import { option } from './command-options.ts';
import type { PretrainArguments } from '../pretrain/pretrain-run.ts';
import { pretrainingFlags } from './pretraining-flags.ts';

/** `pretrain`: plain text becomes a BERT. */
export function pretrainCommand(): Command {
  const command = new Command('pretrain').description(
    'Pretrain a BERT on plain text (an empty line between documents), as a masked language model that also tells ' +
      'whether two segments belong together. The model, a ' +
      'Hugging Face folder, is written to "model" in the run folder.',
  );
  const run = 'The run:';
  const model = 'A new model:';
  const machine = 'Machine:';
  const options = [
    option(run, '--corpus <files...>', 'the text to learn from'),
    option(run, '--validation <file>', 'held-out text (default: the last hundredth of the corpus)'),
    option(run, '--base <model>', 'a model to go on from, in place of a new one: a folder or hub id'),
    option(run, '--out <folder>', 'the run folder, new or empty').makeOptionMandatory(),
    option(run, '--resume', 'go on with the run that --out holds; its own options need not be repeated'),
    option(run, '--half', 'write the weights in half precision'),
    option(model, '--vocabulary <file>', 'its vocab.txt (default: learnt from the corpus)'),
    ...pretrainingFlags(),
    ...engineOptions(),
    option(
      machine,
      '--save-steps <number>',
      'steps between checkpoints, beside those at evaluations (default: as many as take two minutes)',
      parseCount,
    ),
    option(machine, '--log-steps <number>', 'steps between lines of metrics.jsonl (default: 10)', parseCount),
  ];
  for (const each of options) command.addOption(each);
  const { train } = programNames(process.env);
  command.addHelpText(
    'after',
    `
Examples:
  ${train} pretrain --corpus corpus/*.txt --out runs/base
      a model of 2 layers and a vocabulary of 8,000 words, both made from the text
  ${train} pretrain --corpus reviews.txt --base runs/base/model --steps 2000 --out runs/reviews
      go on with a model on other text
  ${train} pretrain --out runs/base --resume
      go on after Ctrl-C, or after the machine went down`,
  );
  command.action(async (given: PretrainArguments) => {
    const { runPretraining } = await import('../pretrain/pretrain-run.ts');
    process.exitCode = await runPretraining(given);
  });
  return command;
}
