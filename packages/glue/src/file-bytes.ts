import { DataFileError } from './errors.ts';

/** The largest file that is read, in bytes. */
const maxFileBytes = 2 ** 30;

/**
 * The bytes of a regular file (Node only).
 *
 * @throws DataFileError for anything else, and for a file that cannot be read or is larger than 1 GiB
 */
export async function readFileBytes(file: string): Promise<Uint8Array> {
  const { readFile, stat } = await import('node:fs/promises');
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new DataFileError(file, undefined, 'a folder, expected a file');
    if (!found.isFile()) {
      const problem = 'a pipe or a device, expected a regular file';
      throw new DataFileError(file, undefined, `${problem}; write what it brings to a file first`);
    }
    if (found.size > maxFileBytes) throw tooLarge(file, `${found.size} bytes`);
    return await readFile(file);
  } catch (error) {
    if (error instanceof DataFileError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      ENOENT: 'no such file',
      ENOTDIR: 'no such file',
      EACCES: 'permission denied',
      ELOOP: 'a link that leads to itself',
    };
    throw new DataFileError(file, undefined, reasons[code ?? ''] ?? `cannot be read (${message})`);
  }
}

/**
 * Everything that comes on standard input (Node only).
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
