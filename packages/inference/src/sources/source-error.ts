/** What is wrong with what came: see {@link SourceError.problem}. */
export type SourceProblem =
  /** No answer, or a connection that broke. */
  | 'unreachable'
  /** A status that says there is no such file, or a page of a host that answers one for everything. */
  | 'missing'
  /** Another status than success. */
  | 'refused'
  /** An HTML page where a file was asked for. */
  | 'page'
  /** Compressed bytes that do not say so, and that nothing has unpacked. */
  | 'compressed'
  /** Git LFS's pointer in place of the file. */
  | 'pointer'
  /** Another length than was promised. */
  | 'length'
  /** Other bytes than were promised. */
  | 'hash'
  /** A file of the user's that can no longer be read. */
  | 'unreadable';

/** A model's or diff's file that cannot be had, or is not what was asked for. The message says what to do. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';

  constructor(
    /** The address or path that was asked for. */
    readonly source: string,
    readonly problem: SourceProblem,
    message: string,
  ) {
    super(`${source}: ${message}`);
  }
}

/** What keeps files from being kept, or kept ones from being read: there is no room, or the browser refuses it. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
