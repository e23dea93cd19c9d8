/**
 * Fine-tunes the sample model and the same architecture with random weights on GLUE tasks, all parameters, with the
 * same budget, and prints the table of the model card:
 *
 *     npx tsx --conditions=@diffprune/source tools/sample-model/src/main.ts --glue <folder of CoLA, MRPC, ...>
 */
import { join } from 'node:path';
import { baseParameters, createTokenizer, initializeParameters, type Tensors } from '@diffprune/bert';
import { loadCheckpoint } from '@diffprune/bert/node';
import { createEngine } from '@diffprune/engine';
import { findTask, textTask, type Task } from '@diffprune/glue';
import { readTask } from '@diffprune/glue/node';
import { sampleModelFolder } from '@diffprune/samples/node';
import { train } from '@diffprune/training';
import { Command } from 'commander';

const options = new Command('sample-model')
  .requiredOption('--glue <folder>', "folder of the tasks' folders, in GLUE's layout")
  .option('--tasks <names...>', 'tasks to compare on', ['cola', 'sst2', 'mrpc', 'stsb'])
  .option('--seeds <numbers...>', 'seeds of the runs', ['1', '2', '3'])
  .option('--steps <number>', 'optimiser steps of each run', '3000')
  .option('--learning-rate <rate>', 'peak learning rate', '5e-4')
  .parse()
  .opts<{ glue: string; tasks: string[]; seeds: string[]; steps: string; learningRate: string }>();

const training = {
  batchSize: 32,
  epochs: 1000, // bounded by the steps
  maxSteps: Number(options.steps),
  learningRate: Number(options.learningRate),
  weightDecay: 0.01,
};
const maxLength = 64;

const engine = await createEngine('cpu');
const folder = sampleModelFolder();
const { config, tensors, tokenizerFiles } = await loadCheckpoint(folder);
const tokenizer = createTokenizer(tokenizerFiles, config.vocabSize, folder);
const specs = baseParameters(config);

/** A fresh copy of the base parameters. */
const bases: Readonly<Record<string, (seed: number) => Tensors>> = {
  pretrained: () => new Map(specs.map(({ name }) => [name, tensors.get(name)!.slice()])),
  random: (seed) => initializeParameters(specs, config, seed),
};

async function readSplit(task: Task, split: 'train' | 'dev') {
  const { examples } = await readTask(join(options.glue, task.folder), task, split);
  return { features: textTask(task).encode(examples, tokenizer, maxLength), examples };
}

/** The task's score on the dev split after the last step: the mean of its metrics. */
async function score(
  task: Task,
  base: Tensors,
  seed: number,
  data: Awaited<ReturnType<typeof readTaskData>>,
) {
  const options = { ...training, seed };
  const run = { engine, config, task: textTask(task), method: 'full', options, base } as const;
  let main = NaN;
  for await (const event of train({ ...run, train: data.train.features, dev: { dev: data.dev } })) {
    if (event.kind === 'evaluation') main = event.splits['dev']!.main;
  }
  return main;
}

async function readTaskData(task: Task) {
  return { train: await readSplit(task, 'train'), dev: await readSplit(task, 'dev') };
}

/** Mean and standard deviation of percentages. */
function summary(scores: readonly number[]): string {
  const mean = scores.reduce((sum, value) => sum + value, 0) / scores.length;
  const variance =
    scores.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, scores.length - 1);
  return `${(100 * mean).toFixed(1)} ± ${(100 * Math.sqrt(variance)).toFixed(1)}`;
}

process.stdout.write(
  `| task | score | ${Object.keys(bases).join(' | ')} |\n| --- | --- |${' --- |'.repeat(2)}\n`,
);
for (const name of options.tasks) {
  const task = findTask(name);
  const data = await readTaskData(task);
  const cells: string[] = [];
  for (const [kind, base] of Object.entries(bases)) {
    const scores: number[] = [];
    for (const seed of options.seeds.map(Number)) {
      scores.push(await score(task, base(seed), seed, data));
      process.stderr.write(`${task.name}, ${kind}, seed ${seed}: ${scores.at(-1)!.toFixed(4)}\n`);
    }
    cells.push(summary(scores));
  }
  process.stdout.write(`| ${task.folder} | ${task.metrics.join(' and ')} | ${cells.join(' | ')} |\n`);
}
