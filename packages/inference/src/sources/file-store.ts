import { memorySource, type ByteSource } from '@diffprune/files';
import { move, openSource, storing, writeChunks } from './opfs-file.ts';
import { SourceError } from './source-error.ts';

/** A file that is kept. */
export interface KeptFile {
  /** Its SHA-256 in hexadecimal, which is its name in the store. */
  readonly hash: string;
  readonly bytes: number;
  /** ETag, or else Last-Modified, of the answer that it came with. */
  readonly tag?: string | undefined;
}

/** A file that is kept, to be read from. */
export type KeptSource = ByteSource & Pick<KeptFile, 'hash'>;

/** A model whose files have all come once. */
export interface KeptModel {
  /** What messages call it. */
  readonly folder: string;
  /** The addresses of its files by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** What is in the store. */
interface Index {
  readonly version: typeof version;
  /** By address. */
  readonly files: Record<string, KeptFile>;
  /** By what a user calls the model: a folder's address, or the address of a hub with a name and a revision. */
  readonly models: Record<string, KeptModel>;
  /** Fingerprints of bases, by the hashes of their weights and `config.json`. */
  readonly fingerprints: Record<string, string>;
}

const version = 1;
const indexName = 'index.json';
const folderName = 'diffprune';
const partialEnding = '.partial';

/**
 * Files in the page's own file system (OPFS), each under its hash, and which file was found at which address. A file has
 * its name when all of it is there and its hash is known; the index is replaced as a whole. Tabs do not harm each other:
 * who changes the index, writes a file or reads one holds a lock for as long.
 */
export class FileStore {
  private constructor(
    readonly folder: FileSystemDirectoryHandle,
    readonly locks: LockManager,
  ) {}

  /** @throws StoreError where there is no such file system, as outside a secure context and in some private windows */
  static async open(): Promise<FileStore> {
    return storing(async () => {
      const { storage, locks } = (globalThis.navigator ?? {}) as Partial<Navigator>;
      if (storage?.getDirectory === undefined || locks === undefined) {
        throw new Error('there is no storage; a page has some in a secure context (https)');
      }
      const root = await storage.getDirectory();
      return new FileStore(await root.getDirectoryHandle(folderName, { create: true }), locks);
    });
  }

  /** What was kept of an address. */
  async file(url: string): Promise<KeptFile | undefined> {
    return (await this.#read()).files[url];
  }

  /** A model of which all is kept. @param key what the user calls it */
  async model(key: string): Promise<KeptModel | undefined> {
    const { models, files } = await this.#read();
    const model = models[key];
    return model && Object.values(model.files).every((url) => files[url]) ? model : undefined;
  }

  /** All models that are kept. */
  async models(): Promise<{ readonly key: string; readonly bytes: number }[]> {
    const { models, files } = await this.#read();
    return Object.entries(models).map(([key, model]) => ({
      key,
      bytes: Object.values(model.files).reduce((sum, url) => sum + (files[url]?.bytes ?? 0), 0),
    }));
  }

  /**
   * Keeps a file.
   *
   * @param hash its SHA-256, where that is known
   * @throws SourceError for another hash, and whatever `chunks` throws; StoreError where it cannot be kept. Then
   *   nothing of it is
   */
  async keep(
    url: string,
    chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
    { tag, hash: expected }: { readonly tag?: string | undefined; readonly hash?: string | undefined },
  ): Promise<KeptFile> {
    const partial = crypto.randomUUID() + partialEnding;
    return this.locks.request(lockOf(partial), async () => {
      try {
        const handle = await storing(() => this.folder.getFileHandle(partial, { create: true }));
        await writeChunks(handle, chunks);
        const { bytes, hash } = await storing(async () => {
          const file = await handle.getFile();
          return { bytes: file.size, hash: await sha256(await file.arrayBuffer()) };
        });
        if (expected !== undefined && hash !== expected) {
          throw new SourceError(url, 'hash', `its SHA-256 is ${hash}, expected ${expected}; try again`);
        }
        const kept: KeptFile = { bytes, hash, ...(tag !== undefined && { tag }) };
        await this.#change(async (index) => {
          if (!(await this.#content(hash))) await move(handle, hash);
          index.files[url] = kept;
        });
        await this.folder.removeEntry(partial).catch(() => undefined); // where there was such a file
        return kept;
      } catch (error) {
        await this.folder.removeEntry(partial).catch(() => undefined); // the next change of the index tries again
        throw error;
      }
    });
  }

  /**
   * Opens a file that is kept, to read it here and there. Its length is checked.
   *
   * @returns undefined where it is not there any more, or is damaged: then it is not kept any more
   */
  async open(url: string, { hash, bytes }: KeptFile): Promise<KeptSource | undefined> {
    const release = await hold(this.locks, lockOf(hash));
    try {
      const handle = await this.folder.getFileHandle(hash);
      const file = await handle.getFile();
      if (file.size === bytes) {
        const source = await openSource(url, handle, file);
        const close = async (): Promise<void> => {
          await source.close();
          release();
        };
        return { ...source, hash, close };
      }
    } catch {
      // none, or one that cannot be read
    }
    release();
    await this.#drop(hash);
    return undefined;
  }

  /** As {@link open}, of a file that is read whole. Its hash is checked. */
  async read(url: string, { hash }: KeptFile): Promise<KeptSource | undefined> {
    const bytes = await this.#content(hash);
    if (bytes) return { ...memorySource(url, new Uint8Array(bytes)), hash };
    await this.#drop(hash);
    return undefined;
  }

  /** Says that all files of a model have come and are what they should be. Those that only an older one of it had go. */
  async complete(key: string, model: KeptModel): Promise<void> {
    if (JSON.stringify((await this.#read()).models[key]) === JSON.stringify(model)) return;
    await this.#change((index) => {
      const before = index.models[key];
      index.models[key] = model;
      dropFiles(index, before);
    });
  }

  /** Forgets a model, or all of them. */
  async clear(key?: string): Promise<void> {
    await this.#change((index) => {
      for (const each of key === undefined ? Object.keys(index.models) : [key]) {
        const before = index.models[each];
        delete index.models[each];
        dropFiles(index, before);
      }
      if (key === undefined) for (const url of Object.keys(index.files)) delete index.files[url];
    });
  }

  /** Forgets what was found at addresses. */
  async forget(urls: Iterable<string>): Promise<void> {
    await this.#change((index) => {
      for (const url of urls) delete index.files[url];
    });
  }

  /** The fingerprint of a base, if it is kept. @param key the hashes of its files */
  async fingerprint(key: string): Promise<string | undefined> {
    return (await this.#read()).fingerprints[key];
  }

  async keepFingerprint(key: string, fingerprint: string): Promise<void> {
    await this.#change((index) => void (index.fingerprints[key] = fingerprint));
  }

  /** The index, while nobody changes it; an empty one where it cannot be read. */
  async #read(): Promise<Index> {
    const read = (): Promise<Index> => this.#index().catch(emptyIndex);
    return this.locks.request(lockOf(indexName), { mode: 'shared' }, read);
  }

  /** @throws whatever the file system throws, but for an index that is not there yet */
  async #index(): Promise<Index> {
    try {
      const file = await (await this.folder.getFileHandle(indexName)).getFile();
      const index = JSON.parse(await file.text()) as Index;
      return index.version === version ? index : emptyIndex();
    } catch (error) {
      if (error instanceof SyntaxError || (error as Error).name === 'NotFoundError') return emptyIndex();
      throw error;
    }
  }

  /** Changes the index, alone among all tabs, and removes what it does not tell of any more. */
  async #change(change: (index: Index) => void | Promise<void>): Promise<void> {
    await this.locks.request(lockOf(indexName), () =>
      storing(async () => {
        const index = await this.#index();
        await change(index);
        const hashes = new Set(Object.values(index.files).map(({ hash }) => hash));
        for (const key of Object.keys(index.fingerprints)) {
          if (!key.split(' ').every((hash) => hashes.has(hash))) delete index.fingerprints[key];
        }
        const next = await this.folder.getFileHandle(`${indexName}${partialEnding}`, { create: true });
        await writeChunks(next, [new TextEncoder().encode(JSON.stringify(index))]);
        await move(next, indexName);
        await this.#sweep(hashes);
      }),
    );
  }

  /** Removes files that are not kept, and that nobody writes or reads. */
  async #sweep(hashes: ReadonlySet<string>): Promise<void> {
    for await (const name of (this.folder as Entries).keys()) {
      if (hashes.has(name) || name === indexName) continue;
      await this.locks.request(lockOf(name), { ifAvailable: true }, async (lock) => {
        if (lock) await this.folder.removeEntry(name).catch(() => undefined); // a file that is open: another time
      });
    }
  }

  /** Forgets wherever this was found. */
  async #drop(hash: string): Promise<void> {
    await this.#change((index) => {
      for (const [url, file] of Object.entries(index.files)) if (file.hash === hash) delete index.files[url];
    });
  }

  /** A file's bytes, if it is there and not damaged. */
  async #content(hash: string): Promise<ArrayBuffer | undefined> {
    try {
      const file = await (await this.folder.getFileHandle(hash)).getFile();
      const bytes = await file.arrayBuffer();
      if ((await sha256(bytes)) === hash) return bytes;
    } catch {
      // none, or one that cannot be read
    }
    return undefined;
  }
}

const emptyIndex = (): Index => ({ version, files: {}, models: {}, fingerprints: {} });
const lockOf = (name: string): string => `${folderName}/${name}`;

/** Drops what was found at the addresses of a model that no other model has. */
function dropFiles({ models, files }: Index, model: KeptModel | undefined): void {
  const used = new Set(Object.values(models).flatMap((each) => Object.values(each.files)));
  for (const url of Object.values(model?.files ?? {})) if (!used.has(url)) delete files[url];
}

/** In hexadecimal. */
async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What TypeScript's `dom` lacks. */
type Entries = FileSystemDirectoryHandle & { keys(): AsyncIterable<string> };

/** A lock that others may have, too, until it is given back by the function that comes. */
function hold(locks: LockManager, name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    locks
      .request(name, { mode: 'shared' }, () => new Promise<void>((release) => resolve(release)))
      .catch(reject);
  });
}
