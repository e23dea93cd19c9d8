import { excerpt } from '@diffprune/files';

/** A file of tensors that cannot be read: in which file, at which byte, of which tensor. */
export class TensorFileError extends Error {
  override readonly name: string = 'TensorFileError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
  readonly file: string;
  /** The tensor at fault, if it is one. */
  readonly tensor: string | undefined;
  /** Absolute byte offset in the file of what is wrong. */
  readonly byteOffset: number;

  constructor(problem: string, where: { file: string; byteOffset: number; tensor?: string | undefined }) {
    const tensor = where.tensor === undefined ? '' : `, tensor "${excerpt(where.tensor)}"`;
    super(`${where.file}, byte ${where.byteOffset}${tensor}: ${problem}`);
    this.file = where.file;
    this.tensor = where.tensor;
    this.byteOffset = where.byteOffset;
  }
}
