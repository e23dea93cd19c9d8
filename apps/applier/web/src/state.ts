import type { BaseFacts, Progress, Reply, RunOptions, TaskFacts, TaskInput } from './worker/protocol.ts';

/** The place of all tasks at once among the tasks. */
export const allTasks = '*';

/** What is asked: texts of their own for each kind of task, so that two tasks of a kind are asked the same. */
export interface Texts {
  readonly text: { readonly textA: string };
  readonly pair: { readonly textA: string; readonly textB: string };
  readonly question: { readonly question: string; readonly context: string };
}

export type Field = 'textA' | 'textB' | 'question' | 'context';

/** What a task said last. */
export type Said = { readonly input: TaskInput } & (
  { readonly reply: Reply; readonly problem?: never } | { readonly problem: string; readonly reply?: never }
);

/** Something that the reader should know, until it is put away. */
export interface Notice {
  readonly kind: 'problem' | 'note';
  readonly text: string;
  /** What can be done about it. */
  readonly action?: { readonly label: string; run(): void };
}

/** All that the page shows. */
export interface State {
  /** Undefined until one is there. */
  readonly base: BaseFacts | undefined;
  /** What is awaited before anything can be asked; undefined when it is there. */
  readonly loading: Progress | undefined;
  /** Why there is no base. */
  readonly failure: string | undefined;
  readonly tasks: readonly TaskFacts[];
  /** The name of a task, or all of them. */
  readonly selected: string;
  readonly texts: Texts;
  /** By task, of the texts that are there now. */
  readonly said: ReadonlyMap<string, Said>;
  /** Whether answers are under way; until they come the last ones stand. */
  readonly asking: boolean;
  readonly notice: Notice | undefined;
  /** What the reader chose to run it on. */
  readonly choice: RunOptions;
  /** Whether something is dragged over the page. */
  readonly dragging: boolean;
}

/** Holds the state, and tells when it has changed. */
export class Store {
  #state: State;
  #told = false;

  constructor(
    first: State,
    readonly onChange: (state: State) => void,
  ) {
    this.#state = first;
  }

  get state(): State {
    return this.#state;
  }

  /** Changes go together: they are told once, before the browser draws. */
  set(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    if (this.#told) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      this.onChange(this.#state);
    });
  }
}
