import type { Progress } from './protocol.ts';

/** A file that cannot be had. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/**
 * Reads a file by its URL.
 *
 * @param file what messages and progress call it
 * @throws DownloadError if there is no such file, or it is cut
 */
export async function readBytes(
  url: string,
  file: string,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const response = await fetch(url, { signal });
  if (!response.ok || response.body === null) {
    throw new DownloadError(`${file} cannot be loaded: ${url} answered ${response.status}`);
  }
  const length = response.headers.get('content-encoding') ? null : response.headers.get('content-length');
  const total = length === null ? undefined : Number(length);
  const pieces: Uint8Array[] = [];
  let loaded = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    onProgress({ file, loaded: (loaded += value.length), total });
  }
  if (total !== undefined && loaded !== total) {
    throw new DownloadError(`${file} is cut: ${loaded} of ${total} bytes came from ${url}`);
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
