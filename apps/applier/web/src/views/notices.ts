import { html, nothing, type TemplateResult } from 'lit';
import type { Page } from '../page.ts';
import type { State } from '../state.ts';

/** What the reader should know: why something failed, that a new version is there. */
export function notices({ failure, notice }: State, page: Page): TemplateResult {
  return html`<div role="alert" class="notices">
    ${failure === undefined ? nothing : html`<div class="notice problem"><p>The model could not be opened: ${failure}</p></div>`}
    ${
      notice === undefined
        ? nothing
        : html`<div class="notice ${notice.kind}">
            <p>${notice.text}</p>
            ${
              notice.action === undefined
                ? nothing
                : html`<button class="primary" @click=${notice.action.run}>${notice.action.label}</button>`
            }
            <button class="quiet" @click=${() => page.dismissNotice()}>Close</button>
          </div>`
    }
  </div>`;
}
