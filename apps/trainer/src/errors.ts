/** Input that a command cannot work with; the message says what was wrong, where, and what to do. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/**
 * The errors by which the packages refuse what a user gave them. They are told by name, so that the command line
 * need not load the packages before it knows what to do.
 */
const inputErrors = new Set([
  'InputError',
  'DataFileError',
  'UnknownTaskError',
  'BertConfigError',
  'CheckpointError',
  'SafetensorsError',
  'PyTorchFileError',
  'HubNotFoundError',
  'HubAccessError',
  'HubConnectionError',
  'HubHashError',
  'VocabularyError',
  'OptionError',
  'SnapshotError',
  'EngineUnavailableError',
]);

/** What the file system says of a path that cannot be used. */
const pathErrors = new Map([
  ['ENOENT', 'no such file or folder'],
  ['ENOTDIR', 'not a folder'],
  ['EISDIR', 'a folder, expected a file'],
  ['EEXIST', 'is there already'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'cannot be written to'],
]);

/**
 * What to tell of an error that the user's input caused; undefined for any other error.
 *
 * @param error whatever was thrown
 */
export function inputProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (inputErrors.has(error.name)) return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  const problem = pathErrors.get(code ?? '');
  if (problem === undefined || path === undefined) return undefined;
  // files are written under a temporary name beside their own
  return `${path.replace(/\.[\w-]+\.tmp$/, '')}: ${problem}`;
}
