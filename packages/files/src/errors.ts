/** A file that is not what it should be: no regular file, too large, not UTF-8, not JSON. */
export class FileError extends Error {
  override readonly name = 'FileError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';

  constructor(
    /** Its path. */
    readonly file: string,
    problem: string,
  ) {
    super(`${file}: ${problem}`);
  }
}

/** A text that is not JSON, or breaks a rule that it has to keep. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}
