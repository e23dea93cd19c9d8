import { engineOptions, parseCountTo, programNames } from '@diffprune/command-line';
import { sampleModelFolder } from '@diffprune/samples/node';
import { Command } from 'commander';
import { option } from './command-options.ts';
import type { EvaluateArguments } from '../evaluate/evaluate-run.ts';

/** `evaluate`: how good a diff is on a split, or its predictions for one without labels. */
export function evaluateCommand(): Command {
  const command = new Command('evaluate').description(
    'Apply a diff to its base and evaluate it on a split of its task; for a split without labels, write predictions.',
  );
  const [inputs, outputs] = ['Inputs:', 'Outputs:'];
  const options = [
    option(
      inputs,
      '--base <model>',
      'the pretrained model that the diff belongs to: a folder or hub id',
    ).default(sampleModelFolder(), 'the small one that comes with this program'),
    option(inputs, '--diff <file>', 'the diff').makeOptionMandatory(),
    option(
      inputs,
      '--data <path>',
      "the task's files: a folder, one file of the split, or a hub data set",
    ).makeOptionMandatory(),
    option(
      inputs,
      '--task <name>',
      "the task, or the .json file of one of your own (default: the diff's; of your own, if it lies in its run folder)",
    ),
    option(
      inputs,
      '--split <name>',
      'dev, test or train; of mnli dev_matched and so on, ax (default: all dev splits)',
    ),
    option(
      outputs,
      '--predictions <file>',
      'write index, prediction and probabilities; of squad predictions.json, with nbest_predictions.json beside it',
    ),
    option(outputs, '--submission <file>', 'write what the GLUE server takes'),
    ...engineOptions(),
    option('Machine:', '--batch-size <rows>', 'examples in a batch (default: 32)', parseCountTo(65_536)),
  ];
  for (const each of options) command.addOption(each);
  const { train } = programNames(process.env);
  command.addHelpText(
    'after',
    `
Examples:
  ${train} evaluate --base bert-base-uncased --diff runs/sst2/sst2.sdiff --data glue/SST-2
  ${train} evaluate --base bert-base-uncased --diff runs/sst2/sst2.sdiff --data glue/SST-2 \\
      --split test --submission SST-2.tsv`,
  );
  command.action(async (given: EvaluateArguments) => {
    const { runEvaluation } = await import('../evaluate/evaluate-run.ts');
    process.stdout.write(await runEvaluation(given));
  });
  return command;
}
