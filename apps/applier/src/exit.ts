/** Errors that the person at the command line can do something about, by name: no stack trace for them. */
const inputErrors = new Set([
  'ApplierError',
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
  'HubNotFoundError',
  'HubAccessError',
  'HubConnectionError',
  'HubHashError',
  // @diffprune/glue
  'DataFileError',
  'UnknownTaskError',
  // @diffprune/engine
  'EngineUnavailableError',
]);

/** What the file system says of a path that the user gave. */
const pathProblems: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder, a file is expected',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

/** 2 for what the user asked for and cannot be had, 1 for what should not happen. */
export function exitCode(error: unknown): 1 | 2 {
  return error instanceof Error && (inputErrors.has(error.name) || pathProblem(error) !== undefined) ? 2 : 1;
}

/** What to print: the message alone where the user can act on it, otherwise everything there is. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return `unexpected error: ${String(error)}`;
  if (exitCode(error) === 1) return `unexpected error: ${error.stack ?? error.message}`;
  return `error: ${pathProblem(error) ?? error.message}`;
}

function pathProblem({ code, path }: NodeJS.ErrnoException): string | undefined {
  const problem = pathProblems[code ?? ''];
  if (problem === undefined || path === undefined) return undefined;
  // files are written under a temporary name beside their own
  return `${path.replace(/\.[\w-]+\.tmp$/, '')}: ${problem}`;
}
