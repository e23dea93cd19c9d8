import { SourceError, type SourceProblem } from './source-error.ts';

/** What is known of a file before it is asked for. */
export interface RemoteFile {
  readonly url: string;
  /** Its length in bytes, where a listing says it. */
  readonly bytes?: number | undefined;
  /** Its SHA-256 in hexadecimal, where a listing says it. */
  readonly hash?: string | undefined;
  /** Whether what is there will never be anything else. */
  readonly isFixed?: boolean | undefined;
}

/** As many bytes tell a page, an archive and a pointer from a model's files. */
const tellingBytes = 64;

/** Statuses for what is not there; a bucket whose content may not be listed answers 403. */
const missing = new Set([403, 404, 410]);

/** A file that is on its way: its first bytes have come, and are not those of something else. */
export class IncomingFile {
  private constructor(
    readonly url: string,
    readonly response: Response,
    /** Its length, where that is known for sure. */
    readonly bytes: number | undefined,
    readonly first: readonly Uint8Array<ArrayBuffer>[],
    readonly reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined,
  ) {}

  /**
   * Asks for a file.
   *
   * @returns a SourceError, not thrown, where there is none: for a status that says so, and for an HTML page, as
   *   single-page hosts answer for everything. Undefined where it is what is kept (304)
   * @throws SourceError for any other answer that is not a file, or none; the signal's reason
   */
  static async ask(
    file: RemoteFile,
    init: RequestInit = {},
  ): Promise<IncomingFile | SourceError | undefined> {
    const { url } = file;
    let response: Response;
    try {
      response = await fetch(url, init);
    } catch (error) {
      throw unreachable(url, error, init.signal);
    }
    return response.status === 304 ? undefined : IncomingFile.of(response, file, init.signal);
  }

  /** As {@link ask}, of an answer that has come. */
  static async of(
    response: Response,
    { url, bytes }: RemoteFile,
    signal?: AbortSignal | null,
  ): Promise<IncomingFile | SourceError> {
    const { status, statusText, body } = response;
    if (status !== 200) {
      await body?.cancel().catch(() => undefined);
      const said = `the server answered with status ${status}${statusText && ` (${statusText})`}`;
      if (missing.has(status)) return new SourceError(url, 'missing', `${said}; is it the right address?`);
      throw new SourceError(url, 'refused', `${said}; try again later`);
    }
    const reader = (body as ReadableStream<Uint8Array<ArrayBuffer>> | null)?.getReader();
    const first: Uint8Array<ArrayBuffer>[] = [];
    for (let count = 0; count < tellingBytes;) {
      const chunk = await next(url, reader, signal);
      if (chunk === undefined) break;
      first.push(chunk);
      count += chunk.length;
    }
    const file = new IncomingFile(url, response, bytes ?? promisedBytes(response), first, reader);
    const wrong = whatElse(first);
    if (wrong === undefined) return file;
    await file.cancel();
    const error = new SourceError(url, ...wrong);
    if (error.problem === 'page') return error;
    throw error;
  }

  /**
   * Its bytes, once, as they come.
   *
   * @throws SourceError where the connection breaks, or fewer or more bytes come than were promised; the signal's reason
   */
  async *chunks(signal?: AbortSignal | null): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    let received = 0;
    const { url, bytes = Infinity } = this;
    try {
      for (const chunk of this.#all(signal)) {
        const came = await chunk;
        if (came === undefined) break;
        received += came.length;
        if (received > bytes) throw wrongLength(url, `more than the ${bytes} bytes`);
        yield came;
      }
    } finally {
      await this.cancel();
    }
    if (received < bytes && bytes < Infinity) throw wrongLength(url, `${received} of the ${bytes} bytes`);
  }

  /** What tells it from what was there before: its ETag or, without one, when it was changed last. */
  get tag(): string | undefined {
    const { headers } = this.response;
    return headers.get('etag') ?? headers.get('last-modified') ?? undefined;
  }

  /** Asks for no more of it. */
  async cancel(): Promise<void> {
    await this.reader?.cancel().catch(() => undefined); // what broke has been told of already
  }

  *#all(
    signal: AbortSignal | null | undefined,
  ): Generator<MaybePromise<Uint8Array<ArrayBuffer> | undefined>> {
    yield* this.first;
    for (;;) yield next(this.url, this.reader, signal);
  }
}

type MaybePromise<Value> = Value | Promise<Value>;

async function next(
  url: string,
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined,
  signal: AbortSignal | null | undefined,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return (await reader?.read())?.value;
  } catch (error) {
    throw unreachable(url, error, signal);
  }
}

/** The reason of an abort, else what to tell of a connection that there is not, or no more. */
function unreachable(url: string, error: unknown, signal: AbortSignal | null | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  const { message, cause } = error as Error;
  const why = cause instanceof Error ? cause.message : message;
  return new SourceError(
    url,
    'unreachable',
    `it cannot be had (${why}); is there a connection, and does the server allow this page to read it (CORS)?`,
  );
}

function wrongLength(url: string, came: string): SourceError {
  return new SourceError(
    url,
    'length',
    `${came} that were promised came; try again, and if it stays so look at the server or what is between`,
  );
}

/**
 * A file's length by the answer's header. A page is not told whether an answer of another origin was compressed on its
 * way, and so not what its length is.
 */
function promisedBytes({ headers, type }: Response): number | undefined {
  const isSeen = type !== 'cors' || typeof location === 'undefined';
  const encoding = headers.get('content-encoding') ?? 'identity';
  const length = headers.get('content-length');
  return isSeen && encoding === 'identity' && length !== null ? Number(length) : undefined;
}

/** What else than a model's or diff's file begins with these bytes. */
function whatElse(first: readonly Uint8Array[]): [SourceProblem, string] | undefined {
  const start = first.flatMap((chunk) => [...chunk.subarray(0, tellingBytes)]).slice(0, tellingBytes);
  const text = String.fromCharCode(...start);
  if (/^(\xef\xbb\xbf)?\s*<(!doctype|!--|\?xml|html|head|body)/i.test(text)) {
    return [
      'page',
      'an HTML page came in place of the file; is it the right address, and is the file there?',
    ];
  }
  if (text.startsWith('version https://git-lfs.github.com/')) {
    return [
      'pointer',
      'a Git LFS pointer came in place of the file; put the file itself there (git lfs pull)',
    ];
  }
  // the header of a safetensors file of the same first bytes would begin here
  if (text.startsWith('\x1f\x8b\x08') && text[8] !== '{') {
    return [
      'compressed',
      'gzipped bytes came; the server must say so (Content-Encoding: gzip), or send the file as it is',
    ];
  }
  return undefined;
}
