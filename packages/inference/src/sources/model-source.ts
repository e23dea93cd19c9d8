import { memoryFiles, type ModelFiles } from '@diffprune/bert';
import type { ByteSource } from '@diffprune/files';
import { chosenModel, directoryModel } from './chosen-files.ts';
import type { LoadOptions } from './load-options.ts';

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
  options.signal?.throwIfAborted();
  if (typeof source !== 'string' && !(source instanceof URL)) {
    const fingerprint: OpenModel['fingerprint'] = (_, compute) => compute();
    return use({ files: await givenModel(source), fingerprint });
  }
  const { withRemoteModel } = await import('./remote-source.ts');
  return withRemoteModel(source, options, use);
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
