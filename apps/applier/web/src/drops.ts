import type { Page } from './page.ts';
import type { PlacedFile } from './placed-files.ts';
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
    void droppedFiles(event.dataTransfer.items).then((files) => page.takeFiles(files));
  });
}

/** The files that were dropped, and those of folders that were. */
async function droppedFiles(items: DataTransferItemList): Promise<PlacedFile[]> {
  // the list is emptied as soon as the event is over: entries first, then the awaiting
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  return (await Promise.all(entries.map(filesOf))).flat();
}

async function filesOf(entry: FileSystemEntry): Promise<PlacedFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ folder: entry.fullPath.split('/').at(-2)!, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const more = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (more.length === 0) break;
    entries.push(...more);
  }
  return (await Promise.all(entries.map(filesOf))).flat();
}
