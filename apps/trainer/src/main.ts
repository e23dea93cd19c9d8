#!/usr/bin/env node
import { programNames, runProgram } from '@diffprune/command-line';
import { Command } from 'commander';
import { evaluateCommand } from './commands/evaluate-command.ts';
import { pretrainCommand } from './commands/pretrain-command.ts';
import { submitCommand } from './commands/submit-command.ts';
import { trainCommand } from './commands/train-command.ts';
import { version } from './version.ts';

const program = new Command(programNames(process.env).train)
  .description('Train sparse diffs of a pretrained BERT, evaluate them, and submit them to GLUE.')
  .version(version)
  .addCommand(trainCommand())
  .addCommand(evaluateCommand())
  .addCommand(submitCommand())
  .addCommand(pretrainCommand());
await runProgram(program);
