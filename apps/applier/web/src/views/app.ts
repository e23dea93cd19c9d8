import { html, nothing, type TemplateResult } from 'lit';
import type { Page } from '../page.ts';
import { allTasks, type State } from '../state.ts';
import { addModels } from './add-models.ts';
import { allAnswers } from './all-answers.ts';
import { answerCard } from './answer-card.ts';
import { baseCard } from './base-card.ts';
import { changeMap } from './change-map.ts';
import { fields } from './fields.ts';
import { fileCard } from './file-card.ts';
import { masthead } from './masthead.ts';
import { notices } from './notices.ts';
import { taskList } from './task-list.ts';

/** The whole page. */
export function app(state: State, page: Page): TemplateResult {
  const task = state.tasks.find(({ name }) => name === state.selected);
  return html`
    ${masthead()} ${notices(state, page)}
    <main class="layout">
      <div class="side">${baseCard(state, page)} ${taskList(state, page)}</div>
      <div class="content">
        <section class="card ask" aria-labelledby="ask-title" aria-busy=${state.asking}>
          ${fields(state, page)} ${answers(state, page)}
        </section>
        ${task ? html`<div class="about">${changeMap(task, state)} ${fileCard(task)}</div>` : nothing}
        ${addModels(page)}
      </div>
    </main>
    <div id="spoken" class="hidden" role="status"></div>
    ${state.dragging ? html`<div class="drop-hint" aria-hidden="true">Drop a .sdiff file, or the folder of a base</div>` : nothing}
  `;
}

function answers(state: State, page: Page): TemplateResult {
  const task = state.tasks.find(({ name }) => name === state.selected);
  if (task !== undefined) return answerCard(task, state);
  if (state.selected === allTasks && state.tasks.length > 0) return allAnswers(state, page);
  const isAwaited = state.base === undefined || state.loading !== undefined;
  return html`<div class="answer">
    <p class="placeholder">${isAwaited ? '' : 'There is no task for this base yet: add a .sdiff file.'}</p>
  </div>`;
}
