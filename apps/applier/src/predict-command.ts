import { writeFileAtomically } from '@diffprune/files/node';
import { formatPredictions, type Example } from '@diffprune/glue';
import { showDownload } from '@diffprune/hub';
import { applyDiff } from './applied-model.ts';
import { loadBase } from './base.ts';
import { ApplierError } from './errors.ts';
import type { EngineOptions } from './predictors.ts';
import { readRows, type RowOptions } from './rows.ts';
import { taskOf } from './task.ts';

export interface PredictOptions extends RowOptions, EngineOptions {
  readonly base: string;
  readonly diff: string;
  readonly text?: string;
  readonly textB?: string;
  readonly file?: string;
  readonly out?: string;
  readonly batchSize: number;
}

/** Writes predictions for a text, a pair or a file, to a file or the standard output. */
export async function predictCommand(options: PredictOptions): Promise<void> {
  if ((options.text === undefined) === (options.file === undefined)) {
    throw new ApplierError('give either --text (and --text-b for a pair) or --file');
  }
  const { engine, threads, batchSize } = options;
  const base = await showDownload(process.stderr, (view) =>
    loadBase(options.base, { ...(engine && { engine }), ...(threads && { threads }), ...view }),
  );
  const model = await applyDiff(base, options.diff);
  const examples = await examplesOf(options, model.manifest.task);
  const table = formatPredictions(taskOf(model.manifest), await model.predict(examples, batchSize));
  if (options.out === undefined) process.stdout.write(table);
  else await writeFileAtomically(options.out, table);
  await base.predictors.dispose();
}

async function examplesOf(options: PredictOptions, task: string): Promise<readonly Example[]> {
  const { text, textB, file } = options;
  if (file !== undefined) return readRows(file, task, options);
  return [{ index: '0', textA: text!, ...(textB !== undefined && { textB }) }];
}
