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
  const opened = (event: SubmitEvent): void => {
    event.preventDefault();
    const address = new FormData(event.target as HTMLFormElement).get('address') as string;
    if (address.trim() !== '') void page.openAddress(address.trim());
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
    <form class="address" @submit=${opened}>
      <label
        >A base’s address, or its name in the hub
        <input
          name="address"
          type="text"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          placeholder="google/bert_uncased_L-2_H-128_A-2"
      /></label>
      <button>Open</button>
    </form>
  </section>`;
}
