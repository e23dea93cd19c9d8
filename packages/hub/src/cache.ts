import { randomUUID } from 'node:crypto';
import {
  copyFile,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { getRepoFolderName } from '@huggingface/hub';
import type { ListedFile } from './client.ts';
import { HubCacheError } from './errors.ts';
import type { Repository } from './repository.ts';

/**
 * One repository's folder in the Hugging Face cache, which Python's `huggingface_hub` and other libraries share:
 * `blobs/<hash>` holds each content once, `snapshots/<commit>/<file>` are links to them (or files, where links are not
 * permitted), and `refs/<revision>` holds the commit that a branch or tag had when it was last looked up. Whatever
 * appears under these names is whole.
 */
export class CachedRepository {
  readonly #folder: string;
  readonly #revision: string;

  constructor(cacheFolder: string, { type, name, revision }: Repository) {
    this.#folder = resolve(cacheFolder, getRepoFolderName({ type, name }));
    this.#revision = revision;
  }

  blob(hash: string): string {
    return join(this.#folder, 'blobs', hash);
  }

  snapshot(commit: string): string {
    return join(this.#folder, 'snapshots', commit);
  }

  /** The commit that the revision had when it was last looked up; undefined if it never was. */
  async commit(): Promise<string | undefined> {
    if (/^[0-9a-f]{40}$/.test(this.#revision)) return this.#revision;
    const text = await readFile(this.#ref(), 'utf8').catch(() => '');
    return /^[0-9a-f]{40}$/.test(text.trim()) ? text.trim() : undefined;
  }

  /** The files of a snapshot that are there, by their paths in the repository. */
  async files(commit: string): Promise<string[]> {
    const folder = this.snapshot(commit);
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    const found = await Promise.all(names.map((name) => isFile(join(folder, name))));
    return names.filter((_, index) => found[index]).map((name) => name.split(sep).join('/'));
  }

  /** Whether a file's content is there, as a blob or, from a cache without links, in the snapshot. */
  async has(commit: string, { name, hash, size }: ListedFile): Promise<boolean> {
    return (await isFile(this.blob(hash), size)) || isFile(join(this.snapshot(commit), name), size);
  }

  /**
   * Makes blobs appear as the files of a snapshot, and the snapshot as what the revision is now. In a cache that can
   * only be read, another commit's snapshot serves as well, if the files are the same.
   *
   * @returns the snapshot's folder
   * @throws HubCacheError if the cache cannot be written and no snapshot has these files
   */
  async link(commit: string, files: readonly ListedFile[]): Promise<string> {
    try {
      for (const file of files) await this.#place(join(this.snapshot(commit), file.name), file);
    } catch (error) {
      const same = await this.#sameSnapshot(files);
      if (same === undefined) throw cacheError(this.#folder, error);
      return same;
    }
    // Without the note the revision is looked up in the older commit when the hub is away.
    await this.#note(commit).catch(() => undefined);
    return this.snapshot(commit);
  }

  async #place(file: string, { hash, size }: ListedFile): Promise<void> {
    if (await isFile(file, size)) return;
    const blob = this.blob(hash);
    await mkdir(dirname(file), { recursive: true });
    await this.#appear(file, async (temporary) => {
      // Where links need a privilege, as on Windows, or the file system has none, the file is a copy.
      await symlink(relative(dirname(file), blob), temporary).catch(() => copyFile(blob, temporary));
    });
  }

  async #note(commit: string): Promise<void> {
    if ((await this.commit()) === commit) return;
    const ref = this.#ref();
    await mkdir(dirname(ref), { recursive: true });
    await this.#appear(ref, (temporary) => writeFile(temporary, commit));
  }

  /** Makes a file elsewhere in the repository's folder and moves it to its place. */
  async #appear(file: string, make: (temporary: string) => Promise<void>): Promise<void> {
    const temporary = join(this.#folder, `.${randomUUID()}.tmp`);
    try {
      await make(temporary);
      await rename(temporary, file);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** A snapshot whose files are links to just these contents. */
  async #sameSnapshot(files: readonly ListedFile[]): Promise<string | undefined> {
    const commits = await readdir(join(this.#folder, 'snapshots')).catch(() => []);
    const target = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined);
    for (const commit of commits) {
      const same = files.map(async ({ name, hash }) => {
        const found = await target(join(this.snapshot(commit), name));
        return found !== undefined && found === (await target(this.blob(hash)));
      });
      if ((await Promise.all(same)).every(Boolean)) return this.snapshot(commit);
    }
    return undefined;
  }

  #ref(): string {
    return join(this.#folder, 'refs', ...this.#revision.split('/'));
  }
}

/** Whether there is a file, or a link to one, with this many bytes. */
export async function isFile(path: string, size?: number): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile() && (size === undefined || found.size === size),
    () => false,
  );
}

/** What an error of the file system means for the cache; other errors are returned as they are. */
export function cacheError(folder: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || !/^E[A-Z]+$/.test(code)) return error;
  return new HubCacheError(
    `the cache cannot be written (${folder}: ${message}): set HF_HUB_CACHE to a folder that can, or HF_HUB_OFFLINE=1 to use what it holds`,
  );
}
