/** What every error of this package is an instance of. */
export class SparseDiffError extends Error {
  override name = 'SparseDiffError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
}

/** Bytes that are not a sparse diff, or a broken one. */
export class FormatError extends SparseDiffError {
  override name = 'FormatError';
  /** Offset in bytes from the start of the file to the field where it was noticed. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} (at byte ${offset})`);
    this.offset = offset;
  }
}

/** A file of a later major version of the format. */
export class VersionError extends FormatError {
  override name = 'VersionError';
}

/** The bytes changed after they were written. */
export class ChecksumError extends FormatError {
  override name = 'ChecksumError';
}

/** A diff for another base. */
export class WrongBaseError extends SparseDiffError {
  override name = 'WrongBaseError';
  readonly expected: string;
  readonly actual: string;

  /**
   * @param expected the fingerprint of the base that the diff is for
   * @param actual that of the base that there is
   * @param described what else is known of either, for the message
   */
  constructor(
    expected: string,
    actual: string,
    described?: { readonly expected: string; readonly actual: string },
  ) {
    const more = (text: string | undefined) => (text ? ` (${text})` : '');
    super(
      `the diff is for a base with fingerprint ${expected}${more(described?.expected)}, this one has ` +
        `${actual}${more(described?.actual)}: ` +
        'load the base that it was made from',
    );
    this.expected = expected;
    this.actual = actual;
  }
}

/** A tensor that does not fit: its name, shape, positions or values. */
export class TensorError extends SparseDiffError {
  override name = 'TensorError';
  readonly tensor: string;

  constructor(tensor: string, message: string) {
    super(`tensor ${JSON.stringify(tensor)}: ${message}`);
    this.tensor = tensor;
  }
}

/** An argument outside its range, or a manifest that cannot be written. */
export class ArgumentError extends SparseDiffError {
  override name = 'ArgumentError';
}
