import { stat } from 'node:fs/promises';
import { cacheError, CachedRepository } from './cache.ts';
import { listRepository, openFile } from './client.ts';
import { downloadFile } from './download.ts';
import { HubConnectionError, HubNotFoundError } from './errors.ts';
import { describe, parseHubId, type Repository } from './repository.ts';
import { completeSettings, type HubSettings } from './settings.ts';

/** How far a download has come. */
export interface DownloadProgress {
  /** The file that is on its way, by its path in the repository. */
  readonly file: string;
  /** Bytes of all files of this download that are there, those of an earlier attempt included. */
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface ResolveOptions extends Partial<HubSettings> {
  readonly type: Repository['type'];
  /** Chooses, among all files of the repository, those that are needed; none if it lacks something. */
  readonly files: (names: readonly string[]) => readonly string[];
  /** Called for each piece that arrives. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Takes a sentence on what the user should know: that a copy in the cache is used because the hub is away. */
  readonly onNotice?: (text: string) => void;
}

/**
 * Finds what a user named: a folder or file if there is one of that name; otherwise a repository of the Hugging Face
 * hub, of which the needed files are brought into the cache, unless they are there, and checked against their
 * hashes. If the hub cannot be reached, the files that the cache holds are used. A snapshot in the cache appears
 * only when all its needed files have, and a cache that holds all of them is not written to.
 *
 * @param text a path, or `name`, `owner/name`, either with `@revision` (a branch, tag or commit)
 * @returns the path, or the snapshot's folder in the cache
 * @throws HubNotFoundError if there is no such path, repository, revision or file; HubAccessError, HubConnectionError,
 *   HubHashError; HubCacheError if the cache cannot be written; HubError for a setting that cannot be used
 */
export async function resolveRepository(text: string, options: ResolveOptions): Promise<string> {
  if (await exists(text)) return text;
  const id = parseHubId(text);
  if (id === undefined) {
    throw new HubNotFoundError(
      'path',
      `${text}: there is no such folder or file, nor is this a hub id: "name" or "owner/name", with "@revision" or without`,
    );
  }
  const repository: Repository = { type: options.type, ...id };
  const settings = await completeSettings(options);
  const cache = new CachedRepository(settings.cacheFolder, repository);
  const what = describe(repository);

  if (settings.offline) {
    const cached = await cachedSnapshot(cache, options.files);
    if (cached !== undefined) return cached;
    throw new HubConnectionError(
      `HF_HUB_OFFLINE is set, and ${what} is not in the cache (${settings.cacheFolder}), nor is there a folder of that name: unset it (and TRANSFORMERS_OFFLINE) to download, or give a folder`,
    );
  }
  try {
    return await downloadSnapshot(repository, settings, cache, options);
  } catch (error) {
    if (!(error instanceof HubConnectionError)) throw error;
    const cached = await cachedSnapshot(cache, options.files);
    if (cached === undefined) {
      throw new HubConnectionError(
        `${error.message}; and ${what} is not in the cache (${settings.cacheFolder}), nor is there a folder of that name`,
      );
    }
    options.onNotice?.(`using the copy of ${what} in the cache: ${error.message}`);
    return cached;
  }
}

async function downloadSnapshot(
  repository: Repository,
  settings: HubSettings,
  cache: CachedRepository,
  { files: choose, onProgress }: ResolveOptions,
): Promise<string> {
  const { commit, files } = await listRepository(repository, settings);
  const names = files.map(({ name }) => name);
  const chosen = new Set(choose(names));
  if (chosen.size === 0) {
    const held = names.length > 20 ? `${names.slice(0, 20).join(', ')} and more` : names.join(', ');
    throw new HubNotFoundError(
      'file',
      `${describe(repository)} lacks files that are needed; it holds ${held || 'nothing'}`,
    );
  }
  const needed = files.filter(({ name }) => chosen.has(name));
  const cached = await Promise.all(needed.map((file) => cache.has(commit, file)));
  const missing = needed.filter((_, index) => !cached[index]);
  const totalBytes = missing.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const file of missing) {
    const request = (from: number) => openFile(repository, commit, file.name, from, settings);
    const progress = (received: number) =>
      onProgress?.({ file: file.name, bytes: before + received, totalBytes });
    // Another program may have brought it while the files before it came.
    if (await cache.has(commit, file)) progress(file.size);
    else {
      await downloadFile(file, cache.blob(file.hash), request, progress).catch((error: unknown) => {
        throw cacheError(settings.cacheFolder, error);
      });
    }
    before += file.size;
  }
  return cache.link(commit, needed);
}

/** The snapshot's folder, if it holds what is needed. */
async function cachedSnapshot(
  cache: CachedRepository,
  choose: ResolveOptions['files'],
): Promise<string | undefined> {
  const commit = await cache.commit();
  if (commit === undefined) return undefined;
  return choose(await cache.files(commit)).length > 0 ? cache.snapshot(commit) : undefined;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
