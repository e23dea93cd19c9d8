import { memoryFiles, type ModelFiles } from '@diffprune/bert';
import { absoluteAddress, isAddress } from './address.ts';
import { chosenModel, directoryModel } from './chosen-files.ts';
import { Downloads } from './downloads.ts';
import { filesUrl, listHub, parseId } from './hub-model.ts';
import type { LoadOptions } from './load-options.ts';
import { folderModel, listedModel } from './remote-model.ts';

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
  use: (files: ModelFiles) => Promise<Result>,
): Promise<Result> {
  const { signal } = options;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  try {
    return await use(await modelFiles(source, new Downloads(controller.signal, options), options));
  } finally {
    signal?.removeEventListener('abort', abort);
    controller.abort(); // what nobody reads to its end
  }
}

async function modelFiles(
  source: ModelSource,
  downloads: Downloads,
  { endpoint = hub }: LoadOptions,
): Promise<ModelFiles> {
  if (typeof source === 'string' || source instanceof URL) {
    if (isAddress(source)) return folderModel(absoluteAddress(source), downloads);
    const id = parseId(String(source));
    const place = endpoint.replace(/\/+$/, '');
    const listing = await listHub(place, id, downloads.signal);
    return listing
      ? listedModel(`${id.name}@${listing.commit}`, listing.files, downloads)
      : folderModel(absoluteAddress(filesUrl(place, id, id.revision)), downloads);
  }
  if (isFiles(source)) return chosenModel(source);
  if (isDirectory(source)) return directoryModel(source);
  if (isModelFiles(source)) return source;
  return memoryFiles(source);
}

const isFiles = (source: object): source is readonly File[] => Array.isArray(source);
const isDirectory = (source: object): source is FileSystemDirectoryHandle =>
  'kind' in source && source.kind === 'directory';
const isModelFiles = (source: object): source is ModelFiles =>
  'open' in source && typeof source.open === 'function';
