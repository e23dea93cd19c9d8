import { FileError } from '@diffprune/files';
import { readBytes } from '@diffprune/files/node';
import { DataFileError } from './errors.ts';

/** The largest file that is read, in bytes. */
const maxFileBytes = 2 ** 30;

/**
 * The bytes of a regular file.
 *
 * @throws DataFileError for anything else, and for a file that cannot be read or is larger than 1 GiB
 */
export async function readFileBytes(file: string): Promise<Uint8Array> {
  try {
    return await readBytes(file, maxFileBytes);
  } catch (error) {
    if (error instanceof FileError) {
      throw new DataFileError(file, undefined, error.message.slice(`${file}: `.length));
    }
    const { code, message } = error as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' || code === 'ENOTDIR' ? 'no such file' : `cannot be read (${message})`;
    throw new DataFileError(file, undefined, problem);
  }
}

/**
 * Everything that comes on standard input.
 *
 * @throws DataFileError if it is more than 1 GiB
 */
export async function readStandardInput(name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxFileBytes) throw tooLarge(name, `more than ${maxFileBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(file: string, size: string): DataFileError {
  return new DataFileError(
    file,
    undefined,
    `${size}, at most ${maxFileBytes} are read; divide it into parts`,
  );
}
