import { droppedFiles } from '@diffprune/inference';
import type { Page } from './page.ts';
import { chosenFiles } from './placed-files.ts';
import type { Store } from './state.ts';

/** Files and folders may be dropped anywhere on the page. */
export function listenToDrops(page: Page, store: Store): void {
  const over = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    store.set({ dragging: true });
  };
  addEventListener('dragenter', over);
  addEventListener('dragover', over);
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) store.set({ dragging: false });
  });
  addEventListener('drop', (event) => {
    store.set({ dragging: false });
    if (event.dataTransfer === null || !event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    void droppedFiles(event.dataTransfer).then((files) => page.takeFiles(chosenFiles(files)));
  });
}
