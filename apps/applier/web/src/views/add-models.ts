import { html, type TemplateResult } from 'lit';
import type { Page } from '../page.ts';
import { chosenFiles } from '../placed-files.ts';

/** Where the reader's own files come in. */
export function addModels(page: Page): TemplateResult {
  const chosen = ({ target }: Event): void => {
    const input = target as HTMLInputElement;
    void page.takeFiles(chosenFiles(input.files ?? []));
    input.value = '';
  };
  return html`<section class="card add" aria-labelledby="add-title">
    <h2 id="add-title">Your own</h2>
    <p>
      Drop a <code>.sdiff</code> file or the folder of a BERT anywhere on the page, or choose them. They stay
      on this computer.
    </p>
    <div class="buttons">
      <label class="button"
        >Add a task (.sdiff)<input class="file" type="file" accept=".sdiff" multiple @change=${chosen}
      /></label>
      <label class="button"
        >Open a base (folder)<input class="file" type="file" webkitdirectory @change=${chosen}
      /></label>
    </div>
  </section>`;
}
