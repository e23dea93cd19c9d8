import { html, nothing, type TemplateResult } from 'lit';
import { size, time, whole } from '../format.ts';
import type { Page } from '../page.ts';
import type { State } from '../state.ts';
import type { Progress } from '../worker/protocol.ts';
import { runChoice } from './run-choice.ts';

/** The base: what it is, and what runs it. */
export function baseCard({ base, loading, choice }: State, page: Page): TemplateResult {
  return html`<section class="card base" aria-labelledby="base-title">
    <h2 id="base-title">The base</h2>
    ${
      base === undefined
        ? html`<p class="placeholder">${loading === undefined ? nothing : 'is being loaded'}</p>`
        : html`<dl class="facts">
              <dt>Model</dt>
              <dd>${base.name}</dd>
              <dt>Parameters</dt>
              <dd>${whole(base.parameters)}</dd>
              <dt>Size</dt>
              <dd>${size(base.bytes)}</dd>
              <dt>Shape</dt>
              <dd>${base.layers} layers of ${base.hidden}, ${whole(base.words)} words</dd>
              <dt>Runs on</dt>
              <dd>${base.runtime}</dd>
              <dt>Ready in</dt>
              <dd>${time(base.milliseconds)}</dd>
            </dl>
            ${runChoice(choice, page)}`
    }
    ${loading === undefined ? nothing : progress(loading)}
  </section>`;
}

function progress({ file, loaded, total }: Progress): TemplateResult {
  const share = total ? loaded / total : undefined;
  return html`<div class="progress">
    <label for="progress">Loading ${file}</label>
    ${
      share === undefined
        ? html`<progress id="progress"></progress>`
        : html`<progress id="progress" max="1" .value=${share}></progress>`
    }
  </div>`;
}
