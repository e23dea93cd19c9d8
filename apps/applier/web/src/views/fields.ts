import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { askedTasks, shownTexts } from '../asking.ts';
import { knownTask } from '../known-tasks.ts';
import type { Page } from '../page.ts';
import { allTasks, type Field, type State, type Texts } from '../state.ts';

interface FieldView {
  readonly field: Field;
  readonly label: string;
  readonly rows: number;
}

const views: { readonly [Kind in keyof Texts]: readonly FieldView[] } = {
  text: [{ field: 'textA', label: 'Text', rows: 3 }],
  pair: [
    { field: 'textA', label: 'First text', rows: 2 },
    { field: 'textB', label: 'Second text', rows: 2 },
  ],
  question: [
    { field: 'question', label: 'Question', rows: 1 },
    { field: 'context', label: 'Text that answers it', rows: 6 },
  ],
};

/** Where the reader writes what a task is asked. */
export function fields(state: State, page: Page): TemplateResult {
  const kind = shownTexts(state);
  const task = state.tasks.find(({ name }) => name === state.selected);
  const all = state.selected === allTasks ? 'All tasks at once' : 'Ask';
  const title = task === undefined ? all : knownTask(task.manifest.task).question || task.name;
  return html`<h2 id="ask-title">${title}</h2>
    <div class="fields ${kind}">
      ${views[kind].map((view) => field(view, state.texts[kind] as Record<string, string>, page))}
    </div>
    ${examples(state, page)}`;
}

function field({ field, label, rows }: FieldView, texts: Record<string, string>, page: Page): TemplateResult {
  const written = (event: Event): void => {
    page.write(field, (event.target as HTMLTextAreaElement).value);
    // What an input method composes is no text yet.
    if (!(event as InputEvent).isComposing) page.ask();
  };
  return html`<label class="field">
    <span>${label}</span>
    <textarea
      name=${field}
      rows=${rows}
      dir="auto"
      autocomplete="off"
      spellcheck="false"
      .value=${live(texts[field]!)}
      @input=${written}
      @compositionend=${() => page.ask()}
    ></textarea>
  </label>`;
}

function examples(state: State, page: Page): TemplateResult | typeof nothing {
  const kind = shownTexts(state);
  const known = askedTasks(state).flatMap(({ manifest }) => knownTask(manifest.task).examples ?? []);
  const fitting = new Map(
    known
      .filter((example) => views[kind].every(({ field }) => field in example))
      .map((example) => [Object.values(example).join(' / '), example]),
  );
  if (fitting.size === 0) return nothing;
  return html`<div class="examples" role="group" aria-label="Examples">
    ${[...fitting]
      .slice(0, 3)
      .map(
        ([label, example]) =>
          html`<button class="example" @click=${() => page.take(example)}>${label}</button>`,
      )}
  </div>`;
}
