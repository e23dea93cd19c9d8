import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findTask, parsePredictions, textTask, type Task } from '@diffprune/glue';
import { readTask } from '@diffprune/glue/node';
import { sampleTasks, writeTask } from '@diffprune/samples';
import { inspectDiff, type Manifest } from '@diffprune/sparse-diff';
import { comparePredictions, type Agreement } from './compare-predictions.ts';
import type { Plan } from './plans.ts';
import { runCommand } from './run-command.ts';

/** What became of one task. */
export interface Outcome {
  readonly task: Pick<Task, 'name' | 'metrics'>;
  readonly manifest: Manifest;
  readonly diffBytes: number;
  /** Of the applier's predictions. */
  readonly score: number;
  readonly majority: number;
  /** That the training took. */
  readonly seconds: number;
  readonly agreement: Agreement;
}

/**
 * Trains a task's diff of the sample model with one program, applies it with another, and compares what the two
 * predict.
 *
 * @param root the workspace's folder
 * @param folder where everything goes, relative to it
 */
export async function trainAndApply(
  root: string,
  folder: string,
  { task: name, trainRows, run: runName, options }: Plan,
): Promise<Outcome> {
  const task = findTask(name, sampleTasks);
  const data = `${folder}/data/${task.folder}`;
  const run = `${folder}/${runName}`;
  const diff = `${run}/${name}.sdiff`;
  const applied = `${run}/applied.tsv`;
  await writeTask(join(root, data), name, { trainRows });
  const began = performance.now();
  await runCommand(root, 'trainer', ['train', '--task', name, '--data', data, '--out', run, ...options]);
  const seconds = (performance.now() - began) / 1000;
  await runCommand(root, 'applier', [
    ...['predict', '--diff', diff, '--file', `${data}/dev.tsv`, '--out', applied],
  ]);
  const read = async (file: string) => parsePredictions(await readFile(join(root, file)), file, task);
  const [trained, predictions] = await Promise.all([read(`${run}/predictions.tsv`), read(applied)]);
  const { examples } = await readTask(join(root, data), task, 'dev');
  const type = textTask(task);
  const bytes = await readFile(join(root, diff));
  return {
    task,
    manifest: inspectDiff(bytes).manifest,
    diffBytes: bytes.length,
    score: type.score(predictions, examples).main,
    majority: type.scoreConstant(examples).main,
    seconds,
    agreement: comparePredictions(trained, predictions),
  };
}
