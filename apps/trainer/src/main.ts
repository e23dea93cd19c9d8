#!/usr/bin/env node
import { programNames, runProgram } from '@diffprune/command-line';
import { Command } from 'commander';
import { evaluateCommand } from './commands/evaluate-command.ts';
import { pretrainCommand } from './commands/pretrain-command.ts';
import { reportCommand } from './commands/report-command.ts';
import { submitCommand } from './commands/submit-command.ts';
import { sweepCommand } from './commands/sweep-command.ts';
import { trainCommand } from './commands/train-command.ts';
import { workerCommand } from './commands/worker-command.ts';
import { version } from './version.ts';

const program = new Command(programNames(process.env).train)
  .description(
    'Train sparse diffs of a pretrained BERT, one or many, evaluate them, and submit them to GLUE.',
  )
  .version(version)
  .addCommand(trainCommand())
  .addCommand(sweepCommand())
  .addCommand(workerCommand())
  .addCommand(evaluateCommand())
  .addCommand(submitCommand())
  .addCommand(reportCommand())
  .addCommand(pretrainCommand());
await runProgram(program);
