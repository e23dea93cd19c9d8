import { html, nothing, type TemplateResult } from 'lit';
import { inputFor } from '../asking.ts';
import { time } from '../format.ts';
import type { Said, State } from '../state.ts';
import type { TaskFacts } from '../worker/protocol.ts';
import { answerView } from './answer-view.ts';

/** What the selected task says, and how long that and the switch to it took. */
export function answerCard(task: TaskFacts, state: State): TemplateResult {
  const said = state.said.get(task.name);
  const isEmpty = said === undefined && inputFor(task, state) === undefined;
  return html`<div class="answer">
      ${isEmpty ? html`<p class="placeholder">Write something, and it is answered as you type.</p>` : answerView(task, said)}
    </div>
    <p class="times">${switched(said)} ${answered(said)}</p>`;
}

function switched(said: Said | undefined): TemplateResult | typeof nothing {
  if (said?.reply === undefined) return nothing;
  return html`<span class="switched">Switched in ${time(said.reply.switchTime)}</span>`;
}

/** How long an answer took. */
export function answered(said: Said | undefined): TemplateResult | typeof nothing {
  return said?.reply === undefined
    ? nothing
    : html`<span>Answered in ${time(said.reply.milliseconds)}</span>`;
}
