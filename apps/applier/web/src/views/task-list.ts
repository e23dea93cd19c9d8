import { html, nothing, type TemplateResult } from 'lit';
import { share, size } from '../format.ts';
import type { Page } from '../page.ts';
import { allTasks, type State } from '../state.ts';
import type { Asks, TaskFacts } from '../worker/protocol.ts';

const asked: Readonly<Record<Asks, string>> = {
  text: 'one text',
  pair: 'two texts',
  either: 'one or two texts',
  question: 'question and text',
};

/** The tasks, one of which is on. The arrow keys go from one to the next, and so do digits wherever no text is written. */
export function taskList(state: State, page: Page): TemplateResult {
  const { tasks, selected, base } = state;
  const item = (name: string, place: number, content: TemplateResult) =>
    html`<label class="task">
      <input
        type="radio"
        name="task"
        .checked=${name === selected}
        .value=${name}
        @change=${() => page.select(name)}
      />
      ${content}${place < 10 ? html`<kbd aria-hidden="true">${place}</kbd>` : nothing}
    </label>`;
  return html`<fieldset class="card tasks">
    <legend><h2>Tasks</h2></legend>
    ${tasks.map((task, i) => item(task.name, i + 1, taskLine(task, base?.bytes ?? 0, base?.parameters ?? 0)))}
    ${
      tasks.length < 2
        ? nothing
        : item(
            allTasks,
            0,
            html`<span class="what"
              ><span class="name">All at once</span><span class="detail">the same text for each</span></span
            >`,
          )
    }
  </fieldset>`;
}

function taskLine(task: TaskFacts, baseBytes: number, parameters: number): TemplateResult {
  const part = baseBytes === 0 ? 0 : task.bytes / baseBytes;
  return html`<span class="what">
    <span class="name">${task.name}</span>
    <span class="detail"
      >${size(task.bytes)} · ${share(task.changed / parameters)} changed · ${asked[task.asks]}</span
    >
    <span class="to-scale" aria-hidden="true" title="The file beside the base, to scale"
      ><span style="inline-size: ${(100 * Math.min(1, part)).toFixed(2)}%"></span
    ></span>
  </span>`;
}
