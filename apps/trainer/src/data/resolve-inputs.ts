import { resolveCheckpoint } from '@diffprune/bert/node';
import { findTask, glueTasks, taskFiles, type Task } from '@diffprune/glue';
import { resolveRepository, showDownload } from '@diffprune/hub';
import { sampleTasks } from '@diffprune/samples';

/**
 * The task of `--task`: one of GLUE's or of the samples'.
 *
 * @throws UnknownTaskError listing the known ones
 */
export function resolveTask(name: string): Task {
  return findTask(name, [...glueTasks, ...sampleTasks]);
}

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
export function resolveData(data: string, task: Task): Promise<string> {
  const files = (names: readonly string[]): string[] => taskFiles(names, task, data);
  return showDownload(process.stderr, (view) => resolveRepository(data, { ...view, type: 'dataset', files }));
}
