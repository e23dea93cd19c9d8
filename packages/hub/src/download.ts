import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ListedFile } from './client.ts';
import { HubConnectionError, HubHashError, reason } from './errors.ts';
import { claimPartial, releasePartial } from './partial-file.ts';

/**
 * Downloads a file, going on where an earlier attempt broke off. Until its hash is right, its name ends in `.partial`. A
 * connection that breaks is taken up again as long as each attempt brings bytes. Of several programs that download one
 * file each has its own, so that they do not harm each other; the last to finish puts its file in place of the same.
 *
 * @param path where it shall be
 * @param request begins the download at a byte
 * @param onReceived takes the number of bytes that are there so far
 * @throws HubConnectionError if no more bytes come; HubHashError if what came is not the file
 */
export async function downloadFile(
  file: ListedFile,
  path: string,
  request: (from: number) => Promise<Response>,
  onReceived: (bytes: number) => void,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const incomplete = await claimPartial(path);
  const handle = await open(incomplete, constants.O_RDWR | constants.O_CREAT);
  try {
    let { size: received } = await handle.stat();
    if (received > file.size) received = 0;
    onReceived(received);
    while (received < file.size) {
      const before = received;
      let problem = 'the server closed the connection';
      try {
        for await (received of receive(await request(before), handle, before, file)) onReceived(received);
      } catch (error) {
        if (!(error instanceof HubConnectionError)) throw error;
        problem = error.message;
      }
      if (received < file.size && received <= before) {
        throw new HubConnectionError(
          `the download of ${file.name} stopped at ${received} of ${file.size} bytes (${problem}); ` +
            'what has come is kept, run the same again to go on from there',
        );
      }
    }
    await handle.truncate(file.size);
    if ((await hashOf(handle, file)) !== file.hash) throw wrongContent(file);
    await handle.sync();
    // Another program that downloaded the same file may have been first to name it.
    await rename(incomplete, path).catch((error: unknown) => access(path).catch(() => Promise.reject(error)));
  } catch (error) {
    if (error instanceof HubHashError) await rm(incomplete, { force: true });
    else await releasePartial(path, incomplete);
    throw error;
  } finally {
    await handle.close();
  }
}

/** Writes what a response brings. @returns, after each piece, how many bytes of the file are there */
async function* receive(
  response: Response,
  handle: FileHandle,
  from: number,
  file: ListedFile,
): AsyncGenerator<number> {
  // A server may answer with the whole file where the rest of it was asked for.
  let position = response.status === 206 ? from : 0;
  const range = response.headers.get('content-range');
  if (response.status === 206 && !range?.startsWith(`bytes ${from}-`)) {
    throw new HubConnectionError(`asked for ${file.name} from byte ${from} on, the server sent "${range}"`);
  }
  const reader = response.body?.getReader();
  try {
    for (;;) {
      const next = await reader?.read().catch((error: unknown) => {
        throw new HubConnectionError(reason(error));
      });
      if (next === undefined || next.done) return;
      if (position + next.value.length > file.size) throw wrongContent(file);
      await handle.write(next.value, 0, next.value.length, position);
      position += next.value.length;
      yield position;
    }
  } finally {
    await reader?.cancel().catch(() => undefined); // an error of the connection has been reported already
  }
}

/** SHA-256 of the content, or its name as a git blob: SHA-1 over `blob <length>`, a zero byte and the content. */
async function hashOf(handle: FileHandle, { size, hash }: ListedFile): Promise<string> {
  const digest = hash.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) {
    digest.update(chunk as Uint8Array);
  }
  return digest.digest('hex');
}

function wrongContent({ name, size, hash }: ListedFile): HubHashError {
  return new HubHashError(
    `${name} is not the file that the hub lists (${size} bytes, hash ${hash}): it was damaged on its way or by ` +
      'the server. What had come is deleted; run the same again, and if this persists try another HF_ENDPOINT',
  );
}
