import { engineOptions, parseCountTo, programNames } from '@diffprune/command-line';
import { Command } from 'commander';
import { option } from './command-options.ts';
import type { SweepArguments } from '../sweep/run-sweep.ts';

/** `sweep`: many runs from one file, and the table of what came of them. */
export function sweepCommand(): Command {
  const command = new Command('sweep')
    .description(
      'Train all runs that a file describes, each in a process and a folder of its own, and sum them up over their seeds. ' +
        'Runs that are finished are not repeated, those that were stopped go on: the same command does it, also after rows were added.',
    )
    .argument('<file>', 'the sweep, as JSON; below');
  const [which, inputs, machine] = ['Which runs:', 'In place of what the file says:', 'Machine:'];
  const options = [
    option(which, '--runs <folder>', 'where run folders are, and the tables').default('runs'),
    option(
      which,
      '--only <option=values...>',
      'these runs alone, and those that teach them: task=mrpc,cola seed=1',
    ),
    option(inputs, '--base <model>', 'the pretrained model'),
    option(
      inputs,
      '--data <path>',
      "the task's files, or a folder that holds a folder for each task, as GLUE's does",
    ),
    ...engineOptions().map((each) => each.helpGroup(inputs)),
    option(machine, '--parallel <number>', 'runs at a time on this machine (default: 1)', parseCountTo(1024)),
    option(
      machine,
      '--queue <address>',
      'put the runs into a queue, from which workers take them: redis://host:port',
    ),
  ];
  for (const each of options) command.addOption(each);
  const { train } = programNames(process.env);
  command.addHelpText(
    'after',
    `
A sweep, pruning.json:
  {
    "name": "pruning",
    "options": { "train-rows": 2000, "max-length": 32 },
    "grid": { "seed": [1, 2, 3], "task": ["opinion", { "task": "inference", "epochs": 5 }] },
    "runs": [
      { "method": "full" },
      { "method": "adapters", "bottleneck": [8, 64] },
      { "method": ["magnitude-pruning", "movement-pruning"], "remaining": [0.1, 0.03], "teacher": { "method": "full" } }
    ]
  }
  options   what all runs have: options of train, without their dashes
  grid      what each row goes through: all combinations of its options' values
  runs      rows; a list is one run for each of its values, here 2 * 3 * (1 + 2 + 4) = 42 runs
            { "task": "inference", "epochs": 5 } are options that come together
            "teacher" is a model, or, as here, the run of the same task and seed with these options
A row counts more than the grid, and that more than the common options. Without data, sample tasks are made.

Each run has a folder below --runs, named by what it is, and a log beside it. At the end pruning.md, pruning.json and
pruning.html are there: mean and sample standard deviation of each row over the seeds, and plots. A run that fails does not stop the others.

Examples:
  ${train} sweep pruning.json --parallel 2
  ${train} sweep pruning.json --only task=opinion seed=1
  ${train} sweep pruning.json --base bert-base-uncased --runs runs/base
  ${train} sweep pruning.json --queue redis://queue.example:6379
      with any number of: ${train} worker redis://queue.example:6379`,
  );
  command.action(async (file: string, args: SweepArguments) => {
    const { runSweep } = await import('../sweep/run-sweep.ts');
    process.exitCode = await runSweep(file, args);
  });
  return command;
}
