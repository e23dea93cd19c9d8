/** Input that a program cannot work with; the message says what was wrong, where, and what to do. */
export class InputError extends Error {
  override name = 'InputError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
}

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

/**
 * 2 for input that cannot be used, which the user can act on: errors whose `fault` is `input`, as all have by which the
 * packages refuse what they are given, and paths that the file system refuses. 1 for anything else.
 */
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
  const { fault, code, path } = error as NodeJS.ErrnoException & { readonly fault?: unknown };
  if (fault === 'input') return error.message;
  const problem = pathProblems[code ?? ''];
  if (problem === undefined || path === undefined) return undefined;
  return `${path}: ${problem}`;
}
