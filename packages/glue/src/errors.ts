/** A data or prediction file that cannot be read; the message names the file and, where there is one, the line. */
export class DataFileError extends Error {
  override readonly name = 'DataFileError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';

  /**
   * @param file the file's name as the caller gave it
   * @param line 1-based line number, or undefined where the whole file is at fault
   * @param problem what was found, what was expected, and what to do
   */
  constructor(
    readonly file: string,
    readonly line: number | undefined,
    readonly problem: string,
  ) {
    super(`${line === undefined ? file : `${file}:${line}`}: ${problem}`);
  }
}

/** A task or split name that is in no registry; the message lists the known ones. */
export class UnknownTaskError extends Error {
  override readonly name = 'UnknownTaskError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
}
