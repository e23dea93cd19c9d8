import { html, type TemplateResult } from 'lit';
import type { Page } from '../page.ts';
import { mostThreads } from '../threads.ts';
import type { RunOptions } from '../worker/protocol.ts';

const runtimes = { auto: 'the fastest', wasm: 'WebAssembly', webgpu: 'WebGPU' } as const;

/** What the base is run on, to choose. */
export function runChoice(choice: RunOptions, page: Page): TemplateResult {
  const most = mostThreads();
  const threads = Array.from({ length: most }, (_, i) => i + 1);
  const chosen = (event: Event): string => (event.target as HTMLSelectElement).value;
  const noThreads = 'More than one thread need an isolated page: two headers of the server';
  return html`<div class="choices">
    <label
      >Run on
      <select
        @change=${(event: Event) =>
          void page.run({ ...choice, runtime: chosen(event) as RunOptions['runtime'] })}
      >
        ${Object.entries(runtimes).map(
          ([value, label]) =>
            html`<option
              value=${value}
              .selected=${value === choice.runtime}
              ?disabled=${value === 'webgpu' && !('gpu' in navigator)}
            >
              ${label}
            </option>`,
        )}
      </select>
    </label>
    <label
      >Threads
      <select
        ?disabled=${most === 1}
        title=${most === 1 ? noThreads : ''}
        @change=${(event: Event) => void page.run({ ...choice, threads: Number(chosen(event)) })}
      >
        ${threads.map((count) => html`<option .selected=${count === choice.threads}>${count}</option>`)}
      </select>
    </label>
  </div>`;
}
