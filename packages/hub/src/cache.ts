import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { getRepoFolderName } from '@huggingface/hub';
import type { Repository } from './repository.ts';

/**
 * One repository's folder in the Hugging Face cache, which Python's `huggingface_hub` and other libraries share:
 * `blobs/<hash>` holds each content once, `snapshots/<commit>/<file>` are links to them, and `refs/<revision>` holds
 * the commit that a branch or tag had when it was last looked up.
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

  /** Makes blobs appear as the files of a snapshot, and the snapshot as what the revision is now. */
  async link(
    commit: string,
    files: readonly { readonly name: string; readonly hash: string }[],
  ): Promise<void> {
    for (const { name, hash } of files) {
      const file = join(this.snapshot(commit), name);
      if (await isFile(file)) continue;
      await mkdir(dirname(file), { recursive: true });
      await rm(file, { force: true });
      const blob = this.blob(hash);
      // Where links need a privilege, as on Windows, the file is a copy.
      await symlink(relative(dirname(file), blob), file).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') await copyFile(blob, file);
      });
    }
    if (commit === this.#revision) return;
    const ref = this.#ref();
    await mkdir(dirname(ref), { recursive: true });
    const temporary = join(this.#folder, `.ref-${randomUUID()}.tmp`);
    await writeFile(temporary, commit);
    await rename(temporary, ref);
  }

  #ref(): string {
    return join(this.#folder, 'refs', ...this.#revision.split('/'));
  }
}

/** Whether there is a file, or a link to one. */
export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
