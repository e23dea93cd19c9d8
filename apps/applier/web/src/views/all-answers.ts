import { html, type TemplateResult } from 'lit';
import { inputFor } from '../asking.ts';
import { knownTask } from '../known-tasks.ts';
import type { Page } from '../page.ts';
import type { State } from '../state.ts';
import type { Asks, TaskFacts } from '../worker/protocol.ts';
import { answered } from './answer-card.ts';
import { answerView } from './answer-view.ts';

const lacks: Readonly<Record<Asks, string>> = {
  text: 'Write a text above.',
  either: 'Write a text above.',
  pair: 'Write two texts above.',
  question: 'Write a text above, and a question as the second one.',
};

/** What each task says of the same text. */
export function allAnswers(state: State, page: Page): TemplateResult {
  const one = (task: TaskFacts): TemplateResult => {
    const said = state.said.get(task.name);
    return html`<article class="one" aria-label=${task.name}>
      <header>
        <h3><button class="link" @click=${() => page.select(task.name)}>${task.name}</button></h3>
        <p>${knownTask(task.manifest.task).question}</p>
      </header>
      <div class="answer">
        ${
          inputFor(task, state) === undefined
            ? html`<p class="placeholder">${lacks[task.asks]}</p>`
            : answerView(task, said)
        }
      </div>
      <p class="times">${answered(said)}</p>
    </article>`;
  };
  return html`<div class="all">${state.tasks.map(one)}</div>`;
}
