/** Input that a program cannot work with; the message says what was wrong, where, and what to do. */
export class InputError extends Error {
  override name = 'InputError';
}

/**
 * The errors by which the packages refuse what a user gave them. They are told by name, so that a program need not
 * load the packages before it knows what to do.
 */
const inputErrors = new Set([
  // @diffprune/files
  'FileError',
  // @diffprune/sparse-diff
  'SparseDiffError',
  'FormatError',
  'VersionError',
  'ChecksumError',
  'WrongBaseError',
  'TensorError',
  'ArgumentError',
  // @diffprune/bert
  'BertConfigError',
  'CheckpointError',
  'SafetensorsError',
  'PyTorchFileError',
  'VocabularyError',
  // @diffprune/hub
  'HubError',
  'HubCacheError',
  'HubNotFoundError',
  'HubAccessError',
  'HubConnectionError',
  'HubHashError',
  // @diffprune/glue
  'DataFileError',
  'UnknownTaskError',
  // @diffprune/engine
  'EngineUnavailableError',
  // @diffprune/training
  'OptionError',
  'SnapshotError',
  'DiffFitError',
  'TokenTypeError',
]);

/** What the file system says of a path that cannot be used, by its error code. */
const pathProblems: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder, a file is expected',
  EEXIST: 'it is there already',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ELOOP: 'a link that leads to itself',
  ENAMETOOLONG: 'the name is too long',
};

/** 2 for input that cannot be used: the user can act on it; 1 for anything else. */
export function exitCode(error: unknown): 1 | 2 {
  return inputProblem(error) === undefined ? 1 : 2;
}

/**
 * What to tell the user of an error: its message, without a stack trace.
 *
 * @param error whatever was thrown
 */
export function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `error: ${inputProblem(error) ?? message}`;
}

/** What the user's input is to blame for; undefined for any other error. */
function inputProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof InputError || inputErrors.has(error.name)) return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  const problem = pathProblems[code ?? ''];
  if (problem === undefined || path === undefined) return undefined;
  return `${path}: ${problem}`;
}
