import { shownTexts, textsFor } from './asking.ts';
import { messageOf } from './format.ts';
import { knownTask } from './known-tasks.ts';
import type { State, Texts } from './state.ts';
import type { BaseWorker } from './worker/base-worker.ts';
import type { DiffSource, TaskFacts } from './worker/protocol.ts';

/** Tasks that came to a base, and why others did not. */
export interface Addition {
  readonly added: readonly { readonly diff: DiffSource; readonly task: TaskFacts }[];
  readonly problems: readonly string[];
}

/** Adds tasks to the base that a worker holds. */
export async function addTasks(worker: BaseWorker, diffs: readonly DiffSource[]): Promise<Addition> {
  const [added, problems]: [{ diff: DiffSource; task: TaskFacts }[], string[]] = [[], []];
  for (const diff of diffs) {
    try {
      added.push({ diff, task: await worker.call('add', [diff]) });
    } catch (error) {
      problems.push(`${diff.name} was not added: ${messageOf(error)}`);
    }
  }
  return { added, problems };
}

/** What the page shows with tasks beside, or in place of, those that it has. */
export function withTasks(
  state: Pick<State, 'tasks' | 'texts' | 'selected'>,
  added: readonly TaskFacts[],
): Pick<State, 'tasks' | 'texts'> {
  let { tasks, texts } = state;
  const written = isWriting() ? shownTexts(state) : undefined; // nothing is put where the reader is
  for (const task of added) {
    const known = tasks.some(({ name }) => name === task.name);
    tasks = known ? tasks.map((each) => (each.name === task.name ? task : each)) : [...tasks, task];
    if (textsFor(task.asks) !== written) texts = withExample(texts, task);
  }
  return { tasks, texts };
}

function isWriting(): boolean {
  return document.activeElement instanceof HTMLTextAreaElement;
}

/** The first example that is known of a task, where nothing stands in the fields of its kind yet. */
function withExample(texts: Texts, { asks, manifest }: TaskFacts): Texts {
  const kind = textsFor(asks);
  const [example] = knownTask(manifest.task).examples ?? [];
  const isEmpty = Object.values(texts[kind]).every((text) => text === '');
  return isEmpty && example !== undefined ? { ...texts, [kind]: { ...texts[kind], ...example } } : texts;
}
