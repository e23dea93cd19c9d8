import { allTasks, type State, type Texts } from './state.ts';
import type { Asks, TaskFacts, TaskInput } from './worker/protocol.ts';

/** What of the page decides what is asked. */
export type Asking = Pick<State, 'tasks' | 'selected' | 'texts'>;

/** Which texts a kind of task is asked. */
export function textsFor(asks: Asks): keyof Texts {
  return asks === 'either' ? 'pair' : asks;
}

/** Which texts the page has fields for: those of the selected task, or, for all at once, what most of them are asked. */
export function shownTexts({ tasks, selected }: Omit<Asking, 'texts'>): keyof Texts {
  const task = tasks.find(({ name }) => name === selected);
  if (task !== undefined) return textsFor(task.asks);
  const kinds = tasks.map(({ asks }) => textsFor(asks));
  if (kinds.includes('pair')) return 'pair';
  return kinds.length > 0 && kinds.every((kind) => kind === 'question') ? 'question' : 'text';
}

/** The tasks that are asked. */
export function askedTasks({ tasks, selected }: Omit<Asking, 'texts'>): readonly TaskFacts[] {
  return selected === allTasks ? tasks : tasks.filter(({ name }) => name === selected);
}

/**
 * What a task is asked, of what stands in the fields.
 *
 * @returns undefined where something that it needs is empty
 */
export function inputFor({ asks }: Pick<TaskFacts, 'asks'>, state: Asking): TaskInput | undefined {
  const kind = shownTexts(state);
  const filled = (text: string) => text.trim() !== '';
  if (kind === 'question') {
    const { question, context } = state.texts.question;
    return asks === 'question' && filled(question) && filled(context) ? { question, context } : undefined;
  }
  const { textA, textB } = { textB: '', ...state.texts[kind] };
  if (!filled(textA)) return undefined;
  if (asks === 'question') return filled(textB) ? { context: textA, question: textB } : undefined;
  if (asks === 'pair' && !filled(textB)) return undefined;
  return asks === 'text' || !filled(textB) ? { textA } : { textA, textB };
}
