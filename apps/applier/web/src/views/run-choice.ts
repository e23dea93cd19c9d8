import { html, type TemplateResult } from 'lit';
import { mostThreads } from '../threads.ts';
import type { Page } from '../page.ts';
import type { Choice } from '../state.ts';

/** What the base is run on, to choose. */
export function runChoice(choice: Choice, page: Page): TemplateResult {
  const most = mostThreads();
  const threads = Array.from({ length: most }, (_, i) => i + 1);
  return html`<div class="choices">
    <label
      >Threads
      <select
        ?disabled=${most === 1}
        title=${most === 1 ? 'More than one thread need an isolated page: two headers of the server' : ''}
        @change=${({ target }: Event) =>
          void page.run({ ...choice, threads: Number((target as HTMLSelectElement).value) })}
      >
        ${threads.map((count) => html`<option .selected=${count === choice.threads}>${count}</option>`)}
      </select>
    </label>
  </div>`;
}
