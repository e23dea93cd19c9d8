#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { inputProblem } from './errors.ts';
import { evaluateCommand } from './evaluate-command.ts';
import { pretrainCommand } from './pretrain-command.ts';
import { programNames } from './text.ts';
import { trainCommand } from './train-command.ts';
import { version } from './versions.ts';

const program = new Command(programNames(process.env).train)
  .description('Train sparse diffs of a pretrained BERT, and evaluate them.')
  .version(version)
  .addCommand(trainCommand())
  .addCommand(evaluateCommand())
  .addCommand(pretrainCommand());
for (const command of [program, ...program.commands]) {
  command.exitOverride().showHelpAfterError('(--help shows the options)').configureHelp({ helpWidth: 100 });
}

// Whoever read the output may leave (`| head`); the work goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Tells what went wrong. @returns the exit code: 2 for input that cannot be used, 1 for anything else */
function report(error: unknown): number {
  // commander has shown its own message, or the help that was asked for
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const problem = inputProblem(error);
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`error: ${problem ?? text}\n`);
  if (process.env['DIFFPRUNE_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return problem === undefined ? 1 : 2;
}
