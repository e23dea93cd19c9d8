import { memorySource, type ByteSource } from '@diffprune/files';
import { forwardSource } from './forward-source.ts';
import { IncomingFile, type RemoteFile } from './incoming-file.ts';
import { trackProgress, type LoadOptions } from './load-options.ts';
import { SourceError } from './source-error.ts';

/** A file of a model that is there. */
export interface FoundFile {
  /** Opens it, once: where it is on its way, the rest of it comes now. */
  open(): Promise<ByteSource>;
}

/** The downloads of a model's files. */
export class Downloads {
  readonly #track: ReturnType<typeof trackProgress>;

  constructor(
    readonly signal: AbortSignal,
    { onProgress }: Pick<LoadOptions, 'onProgress'>,
  ) {
    this.#track = trackProgress(onProgress);
  }

  /**
   * Looks for a file.
   *
   * @param name in the model's folder
   * @returns a SourceError, not thrown, where there is none
   * @throws SourceError for an answer that is not a file; the signal's reason
   */
  async find(name: string, file: RemoteFile): Promise<FoundFile | SourceError> {
    const incoming = await IncomingFile.ask(file, { signal: this.signal });
    if (incoming instanceof SourceError) return incoming;
    return { open: () => this.#receive(name, incoming!) };
  }

  async #receive(name: string, incoming: IncomingFile): Promise<ByteSource> {
    const { url, bytes } = incoming;
    const chunks = this.#tracked(name, incoming);
    // the shards of an index are open at the same time, and a browser has few connections
    if (name === 'model.safetensors' && bytes !== undefined) return forwardSource(url, bytes, chunks);
    return memorySource(url, await gather(chunks));
  }

  async *#tracked(name: string, incoming: IncomingFile): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    let received = 0;
    for await (const chunk of incoming.chunks(this.signal)) {
      this.#track(name, (received += chunk.length), incoming.bytes);
      yield chunk;
    }
  }
}

/** All bytes of a stream. */
export async function gather(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
