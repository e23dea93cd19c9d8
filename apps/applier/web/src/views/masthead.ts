import { html, type TemplateResult } from 'lit';
import icon from '../icon.svg';

/** What the page is. */
export function masthead(): TemplateResult {
  return html`<header class="masthead">
    <img src=${icon} alt="" width="40" height="40" />
    <div>
      <h1>One model, many tasks</h1>
      <p>
        A pretrained BERT stays in memory, here in your browser. Each task is a small file that changes a few
        of its numbers, and is put on and taken off in a blink, bit for bit.
      </p>
    </div>
  </header>`;
}
