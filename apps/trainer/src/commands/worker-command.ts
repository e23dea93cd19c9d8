import { parseCountTo, programNames } from '@diffprune/command-line';
import { Command } from 'commander';
import { option } from './command-options.ts';
import type { WorkerArguments } from '../sweep/run-worker.ts';

/** `worker`: takes the runs of sweeps from a queue. */
export function workerCommand(): Command {
  const command = new Command('worker')
    .description(
      'Take runs of sweeps from a queue and train them, on any number of machines, until Ctrl-C. The queue is BullMQ’s ' +
        '(npm install bullmq ioredis), on a Redis or Valkey server. Where run folders are shared, a run whose worker is ' +
        'gone goes on from its checkpoint with another; elsewhere it begins anew.',
    )
    .argument('<address>', 'the server: redis://host:port, rediss:// with TLS');
  const options = [
    option('Machine:', '--runs <folder>', 'where run folders are (default: as the sweep says)'),
    option('Machine:', '--parallel <number>', 'runs at a time (default: 1)', parseCountTo(1024)),
    option(
      'Machine:',
      '--threads <number>',
      'threads of a run that says none (default: one for each core, shared among the runs)',
      parseCountTo(1024),
    ),
    option(
      'Machine:',
      '--patience <seconds>',
      'give the run of a worker to another one when nothing has been heard of it for as long (default: 30)',
      parseCountTo(86_400),
    ),
  ];
  for (const each of options) command.addOption(each);
  const { train } = programNames(process.env);
  command.addHelpText(
    'after',
    `
Data and bases are looked for where the sweep says, from the folder in which this is started.

Examples:
  ${train} worker redis://queue.example:6379 --runs /shared/runs
  ${train} worker redis://:password@queue.example:6379 --parallel 4 --threads 2`,
  );
  command.action(async (address: string, args: WorkerArguments) => {
    const { runWorker } = await import('../sweep/run-worker.ts');
    process.exitCode = await runWorker(address, args);
  });
  return command;
}
