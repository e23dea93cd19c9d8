import { engineOptions, programNames } from '@diffprune/command-line';
import { Command } from 'commander';
import { option } from './command-options.ts';
import type { SubmitArguments } from '../submit/submit-runs.ts';

/** `submit`: finished runs of GLUE's tasks become the zip file that its server takes. */
export function submitCommand(): Command {
  const command = new Command('submit').description(
    "Predict GLUE's test sets with the diffs of finished runs, and write the zip file that the GLUE server takes: " +
      'eleven files, three of them from the run of mnli (its two test sets and the diagnostic set, AX). Says what the ' +
      "runs score on their dev splits, by the averages of the benchmark. Engine and threads are the runs' own, unless given.",
  );
  const [inputs, outputs] = ['Inputs:', 'Outputs:'];
  const options = [
    option(inputs, '--runs <folders...>', 'run folders of train, one for each task').makeOptionMandatory(),
    option(
      inputs,
      '--data <path>',
      "where test files lie that a run's own data lacks: the folder with the folders of all tasks and of the " +
        'diagnostic set, or a hub data set such as nyu-mll/glue',
    ),
    option(inputs, '--best', 'of several runs of a task take the one with the best dev score'),
    option(outputs, '--out <file>', 'the zip file').makeOptionMandatory(),
    option(
      outputs,
      '--fill-missing',
      'files that no run gives hold the label that is most frequent in training throughout',
    ),
    ...engineOptions(),
  ];
  for (const each of options) command.addOption(each);
  const { train } = programNames(process.env);
  command.addHelpText(
    'after',
    `
Examples:
  ${train} submit --runs runs/* --out submission.zip
  ${train} submit --runs runs/cola runs/mnli --data glue --fill-missing --out submission.zip`,
  );
  command.action(async (given: SubmitArguments) => {
    const { runSubmission } = await import('../submit/submit-runs.ts');
    await runSubmission(given, (line) => process.stdout.write(`${line}\n`));
  });
  return command;
}
