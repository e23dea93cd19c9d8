import { memorySource, type ByteSource } from '@diffprune/files';
import type { FileStore, KeptFile } from './file-store.ts';
import { forwardSource } from './forward-source.ts';
import { IncomingFile, type RemoteFile } from './incoming-file.ts';
import { trackProgress, type LoadOptions } from './load-options.ts';
import { SourceError, StoreError } from './source-error.ts';
import { openStore } from './stored-models.ts';

/** A file of a model that is there. */
export interface FoundFile {
  /** Opens it, once: where it is on its way, the rest of it comes now. */
  open(): Promise<ByteSource>;
}

/** The downloads of a model's files. They go to the store, where there is one, and are read from there. */
export class Downloads {
  readonly #track: ReturnType<typeof trackProgress>;
  /** The addresses of the files that were opened, by name. */
  readonly opened = new Map<string, string>();
  #store: FileStore | undefined;
  #isRefused = false;

  constructor(
    readonly signal: AbortSignal,
    readonly options: LoadOptions,
  ) {
    this.#track = trackProgress(options.onProgress);
  }

  get store(): FileStore | undefined {
    return this.#store;
  }

  /** Opens the store, unless memory alone is asked for. */
  async start(): Promise<void> {
    if (this.options.store === 'memory') return;
    try {
      this.#store = await openStore();
    } catch (error) {
      this.#refused(error as StoreError);
    }
  }

  /**
   * Looks for a file.
   *
   * @param name in the model's folder
   * @returns a SourceError, not thrown, where there is none
   * @throws SourceError for an answer that is not a file; the signal's reason
   */
  async find(name: string, file: RemoteFile): Promise<FoundFile | SourceError> {
    const kept = await this.#store?.file(file.url);
    if (kept && file.isFixed) return { open: () => this.#openKept(name, file, kept) };
    const incoming = await this.#ask(file, kept);
    if (incoming instanceof SourceError) return incoming;
    if (incoming !== undefined && !isSame(incoming, kept)) {
      return { open: () => this.#receive(name, file, incoming) };
    }
    await incoming?.cancel();
    return { open: () => this.#openKept(name, file, kept!) };
  }

  /** A file that is kept, without asking whether it is still what is there. */
  async openKept(name: string, url: string): Promise<ByteSource> {
    const kept = await this.#store?.file(url);
    return kept ? this.#openKept(name, { url }, kept) : this.#fetch(name, { url });
  }

  /** The fingerprint of the base that these files are; computed where it is not kept with them. */
  async fingerprint(files: readonly ByteSource[], compute: () => Promise<string>): Promise<string> {
    const hashes = files.map((file) => (file as Partial<KeptFile>).hash);
    if (!this.#store || hashes.includes(undefined)) return compute();
    const key = hashes.join(' ');
    const kept = await this.#store.fingerprint(key);
    if (kept !== undefined) return kept;
    const fingerprint = await compute();
    await this.#storing((store) => store.keepFingerprint(key, fingerprint));
    return fingerprint;
  }

  /** Says that the model is whole. @param key what the store knows it by @param folder what messages call it */
  async complete(key: string, folder: string): Promise<void> {
    const files = Object.fromEntries(this.opened);
    await this.#storing((store) => store.complete(key, { folder, files }));
  }

  /** Keeps nothing of files that were all there, but are not what they should be. */
  async forget(error: unknown): Promise<void> {
    const isContent = (error as { fault?: string }).fault === 'input' && !(error instanceof SourceError);
    if (isContent) await this.#storing((store) => store.forget(this.opened.values()));
  }

  async #storing(work: (store: FileStore) => Promise<void>): Promise<void> {
    try {
      if (this.#store) await work(this.#store);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#refused(error);
    }
  }

  /** The browser's own cache is asked for what is new, too; where it may be, what is kept is named in the question. */
  #ask(file: RemoteFile, kept: KeptFile | undefined): ReturnType<typeof IncomingFile.ask> {
    const isOwn = globalThis.location === undefined || new URL(file.url).origin === location.origin;
    const named = kept?.tag?.includes('"') && isOwn ? { headers: { 'if-none-match': kept.tag } } : {};
    return IncomingFile.ask(file, { signal: this.signal, cache: 'no-cache', ...named });
  }

  async #openKept(name: string, file: RemoteFile, kept: KeptFile): Promise<ByteSource> {
    const source = await this.#read(name, file.url, kept);
    return source ?? this.#fetch(name, file);
  }

  async #read(name: string, url: string, kept: KeptFile): Promise<ByteSource | undefined> {
    const isWeights = /\.(safetensors|bin)$/.test(name);
    const source = await (isWeights ? this.#store?.open(url, kept) : this.#store?.read(url, kept));
    if (source === undefined) return undefined;
    this.opened.set(name, url);
    this.#track(name, kept.bytes, kept.bytes);
    return source;
  }

  /** A file that was found once, from where it came. */
  async #fetch(name: string, file: RemoteFile): Promise<ByteSource> {
    const incoming = await this.#ask(file, undefined);
    if (incoming instanceof IncomingFile) return this.#receive(name, file, incoming);
    throw incoming;
  }

  async #receive(name: string, file: RemoteFile, incoming: IncomingFile): Promise<ByteSource> {
    const { url, bytes, tag } = incoming;
    const chunks = this.#tracked(name, incoming);
    if (this.#store) {
      try {
        const kept = await this.#store.keep(url, chunks, { tag, hash: file.hash });
        const source = await this.#read(name, url, kept);
        if (source) return source;
        throw new StoreError('what was written cannot be read');
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        this.#refused(error);
        return this.#fetch(name, file);
      }
    }
    this.opened.set(name, url);
    // the shards of an index are open at the same time, and a browser has few connections
    if (name === 'model.safetensors' && bytes !== undefined) return forwardSource(url, bytes, chunks);
    return memorySource(url, await gather(chunks));
  }

  #refused({ message }: StoreError): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    this.#store = undefined;
    this.options.onNotice?.(`files are not kept, and will come again the next time: ${message}`);
  }

  async *#tracked(name: string, incoming: IncomingFile): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    let received = 0;
    for await (const chunk of incoming.chunks(this.signal)) {
      this.#track(name, (received += chunk.length), incoming.bytes);
      yield chunk;
    }
  }
}

function isSame({ tag, bytes }: IncomingFile, kept: KeptFile | undefined): boolean {
  return tag !== undefined && tag === kept?.tag && (bytes ?? kept.bytes) === kept.bytes;
}

/** All bytes of a stream. */
async function gather(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
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
