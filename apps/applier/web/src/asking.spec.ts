import { askedTasks, inputFor, shownTexts, type Asking } from './asking.ts';
import { allTasks, type Texts } from './state.ts';
import type { Asks, TaskFacts } from './worker/protocol.ts';

const tasks = (['text', 'pair', 'either', 'question'] as const).map(
  (asks) => ({ name: asks, asks }) as TaskFacts,
);
const state = (selected: string, texts: Partial<Texts>, among = tasks): Asking => ({
  tasks: among,
  selected,
  texts: {
    text: { textA: '' },
    pair: { textA: '', textB: '' },
    question: { question: '', context: '' },
    ...texts,
  },
});
const inputs = (of: Asking) =>
  Object.fromEntries(askedTasks(of).map((task) => [task.name, inputFor(task, of)]));

it('shows the fields of the selected task', () => {
  const shown = (['text', 'pair', 'either', 'question'] as const).map((name) => shownTexts(state(name, {})));
  expect(shown).toEqual(['text', 'pair', 'pair', 'question']);
});

it('shows, for all at once, the fields that most of them need', () => {
  const among = (...asks: Asks[]) =>
    shownTexts(
      state(
        allTasks,
        {},
        tasks.filter((task) => asks.includes(task.asks)),
      ),
    );
  expect(among()).toBe('text');
  expect(among('text')).toBe('text');
  expect(among('text', 'pair')).toBe('pair');
  expect(among('question')).toBe('question');
  expect(among('question', 'text')).toBe('text');
});

it('asks the selected task alone, and only with all that it needs', () => {
  expect(inputs(state('text', { text: { textA: 'a' } }))).toEqual({ text: { textA: 'a' } });
  expect(inputs(state('text', { text: { textA: ' \n' } }))).toEqual({ text: undefined });
  expect(inputs(state('pair', { pair: { textA: 'a', textB: '' } }))).toEqual({ pair: undefined });
  expect(inputs(state('pair', { pair: { textA: 'a', textB: 'b' } }))).toEqual({
    pair: { textA: 'a', textB: 'b' },
  });
  expect(inputs(state('either', { pair: { textA: 'a', textB: '' } }))).toEqual({ either: { textA: 'a' } });
  const asked = { question: 'q', context: 'c' };
  expect(inputs(state('question', { question: asked }))).toEqual({ question: asked });
});

it('asks all tasks with what each of them takes of two texts', () => {
  expect(inputs(state(allTasks, { pair: { textA: 'a', textB: 'b' } }))).toEqual({
    text: { textA: 'a' },
    pair: { textA: 'a', textB: 'b' },
    either: { textA: 'a', textB: 'b' },
    question: { context: 'a', question: 'b' },
  });
  expect(inputs(state(allTasks, { pair: { textA: 'a', textB: '' } }))).toEqual({
    text: { textA: 'a' },
    pair: undefined,
    either: { textA: 'a' },
    question: undefined,
  });
});
