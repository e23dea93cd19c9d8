import { memoryFiles, type ModelFiles } from '@diffprune/bert';
import type { ByteSource } from '@diffprune/files';
import { absoluteAddress, isAddress } from './address.ts';
import { chosenModel, directoryModel } from './chosen-files.ts';
import { Downloads } from './downloads.ts';
import type { KeptModel } from './file-store.ts';
import { filesUrl, listHub, parseId } from './hub-model.ts';
import type { LoadOptions } from './load-options.ts';
import { folderModel, keptModel, listedModel } from './remote-model.ts';
import { SourceError } from './source-error.ts';

/**
 * Where a model is: a folder's address (a `URL`, or a string with a scheme, or one that begins with `/`, `./` or `../`);
 * a hub id such as `bert-base-uncased` or `owner/name@revision`; the `File`s that a user chose or dropped; a folder that
 * a user picked; bytes by name; or whatever lists names and opens them.
 */
export type ModelSource =
  | string
  | URL
  | ModelFiles
  | readonly File[]
  | FileSystemDirectoryHandle
  | Readonly<Record<string, Uint8Array>>;

/** A model whose files can be read. */
export interface OpenModel {
  readonly files: ModelFiles;
  /** The fingerprint of the base that these files are, kept or computed. */
  fingerprint(files: readonly ByteSource[], compute: () => Promise<string>): Promise<string>;
}

const hub = 'https://huggingface.co';

/**
 * Lets a model's files be read, and closes what is open of them afterwards.
 *
 * @param use reads them; where it throws, what is still on its way is not waited for
 * @throws SourceError for files that cannot be had, or are not files; the signal's reason; what `use` throws
 */
export async function withModel<Result>(
  source: ModelSource,
  options: LoadOptions,
  use: (model: OpenModel) => Promise<Result>,
): Promise<Result> {
  const { signal } = options;
  signal?.throwIfAborted();
  if (typeof source !== 'string' && !(source instanceof URL)) {
    const fingerprint: OpenModel['fingerprint'] = (_, compute) => compute();
    return use({ files: await givenModel(source), fingerprint });
  }
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  const downloads = new Downloads(controller.signal, options);
  try {
    await downloads.start();
    const { key, files } = await remoteModel(source, downloads, options);
    try {
      const fingerprint: OpenModel['fingerprint'] = (of, compute) => downloads.fingerprint(of, compute);
      const result = await use({ files, fingerprint });
      await downloads.complete(key, files.folder);
      return result;
    } catch (error) {
      await downloads.forget(error);
      throw error;
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    controller.abort(); // what nobody reads to its end
  }
}

function givenModel(source: Exclude<ModelSource, string | URL>): ModelFiles | Promise<ModelFiles> {
  if (isFiles(source)) return chosenModel(source);
  if (isDirectory(source)) return directoryModel(source);
  return isModelFiles(source) ? source : memoryFiles(source);
}

const isFiles = (source: object): source is readonly File[] => Array.isArray(source);
const isDirectory = (source: object): source is FileSystemDirectoryHandle =>
  'kind' in source && source.kind === 'directory';
const isModelFiles = (source: object): source is ModelFiles =>
  'open' in source && typeof source.open === 'function';

/** @returns the model, and what the store knows it by */
async function remoteModel(
  source: string | URL,
  downloads: Downloads,
  { endpoint = hub, onNotice }: LoadOptions,
): Promise<{ readonly key: string; readonly files: ModelFiles }> {
  const place = endpoint.replace(/\/+$/, '');
  const id = isAddress(source) ? undefined : parseId(String(source));
  const key = id ? `${place}/${id.name}@${id.revision}` : absoluteAddress(source);
  const kept = await downloads.store?.model(key);
  if (kept && id && /^[0-9a-f]{40}$/.test(id.revision)) return { key, files: keptModel(kept, downloads) };
  try {
    if (id === undefined) return { key, files: await folderModel(key, downloads) };
    const listing = await listHub(place, id, downloads.signal);
    const files = listing
      ? await listedModel(`${id.name}@${listing.commit}`, listing.files, downloads)
      : await folderModel(absoluteAddress(filesUrl(place, id, id.revision)), downloads);
    return { key, files };
  } catch (error) {
    return { key, files: keptInstead(error, kept, downloads, onNotice) };
  }
}

/** What is kept, where the server is away. */
function keptInstead(
  error: unknown,
  kept: KeptModel | undefined,
  downloads: Downloads,
  onNotice: LoadOptions['onNotice'],
): ModelFiles {
  const isAway = error instanceof SourceError && /^(unreachable|refused)$/.test(error.problem);
  if (!isAway || kept === undefined) throw error;
  onNotice?.(`using what is kept of ${kept.folder}: ${error.message}`);
  return keptModel(kept, downloads);
}
