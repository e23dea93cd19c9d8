import { resolveCheckpoint } from '@diffprune/bert/node';
import { resolveRepository, showDownload } from '@diffprune/hub';
import type { RunTask } from '../tasks/run-task.ts';

/**
 * The folder of `--base`: itself, or a model of the Hugging Face hub, downloaded if the cache lacks it.
 *
 * @throws BertConfigError for a model that is no BERT; HubError for one that cannot be had
 */
export function resolveBase(base: string): Promise<string> {
  return showDownload(process.stderr, (view) => resolveCheckpoint(base, view));
}

/**
 * The path of `--data`: itself, or a data set of the Hugging Face hub, of which the task's files are downloaded.
 *
 * @throws HubError for one that cannot be had
 */
export function resolveData(data: string, task: Pick<RunTask, 'files'>): Promise<string> {
  const files = (names: readonly string[]): string[] => task.files(names, data);
  return showDownload(process.stderr, (view) => resolveRepository(data, { ...view, type: 'dataset', files }));
}
