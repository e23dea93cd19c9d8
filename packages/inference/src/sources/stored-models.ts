import type { FileStore } from './file-store.ts';

/** Opens the store, whose code is loaded now. @throws StoreError where the page has no file system */
export async function openStore(): Promise<FileStore> {
  const { FileStore } = await import('./file-store.ts');
  return FileStore.open();
}

/** A model that is kept in the page's own file system. */
export interface StoredModel {
  /** The address that it was loaded from; of a hub, `https://<hub>/owner/name@revision`. */
  readonly source: string;
  /** What its files take; those that two models share are counted twice. */
  readonly bytes: number;
}

/**
 * The models that are kept.
 *
 * @throws StoreError where the page has no file system
 */
export async function storedModels(): Promise<StoredModel[]> {
  const models = await (await openStore()).models();
  return models.map(({ key, bytes }) => ({ source: key, bytes }));
}

/**
 * Removes a model that is kept, or all that is.
 *
 * @param source as `storedModels` gives it
 * @throws StoreError where the page has no file system
 */
export async function clearStore(source?: string): Promise<void> {
  await (await openStore()).clear(source);
}
