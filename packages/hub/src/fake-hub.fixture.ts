import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the fake hub was asked. */
export interface Asked {
  readonly host: string | undefined;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/**
 * A hub on the loopback interface with one repository, that answers as huggingface.co does: a listing in pages, files
 * by redirection to another host, parts of files, errors with X-Error-Code.
 */
export class FakeHub {
  readonly asked: Asked[] = [];
  commit = '1'.repeat(40);
  /** The token that the repository wants; 'gated' instead if nobody has accepted its conditions. */
  token: string | undefined;
  gated = false;
  /** Status with which everything is answered. */
  status: number | undefined;
  /** Bytes after which each transfer breaks off. */
  breakAfter = Infinity;
  /** Whether only the first half of a large file is sent, and no more comes. */
  slowly = false;
  /** Whether parts of files can be asked for. */
  ranges = true;
  /** Whether questions are passed on to another host by redirection. */
  moved = false;
  /** Host that the listing's second page is on. */
  pagesHost = '127.0.0.1';
  /** What is sent instead of the content that the listing tells of. */
  readonly sent = new Map<string, Buffer>();
  readonly #server = createServer((request, response) => this.#answer(request, response));

  constructor(
    readonly repository: string,
    readonly files: Map<string, Buffer>,
    /** Files of at least this size are listed with a SHA-256, as large files are. */
    readonly large = 1000,
  ) {}

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  hash(name: string): string {
    const content = this.files.get(name)!;
    return content.length >= this.large
      ? createHash('sha256').update(content).digest('hex')
      : createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  }

  #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(url, 'http://hub');
    const { range, authorization } = headers;
    this.asked.push({ host: headers.host, path: pathname, range, authorization });
    const refuse = (status: number, code: string): void => {
      response.writeHead(status, { 'x-error-code': code }).end(`{"error": "${code}"}`);
    };
    if (this.status !== undefined) return refuse(this.status, 'Trouble');
    if (this.moved && !headers.host?.startsWith('localhost')) {
      return void response.writeHead(307, { location: `http://localhost:${this.#port}${url}` }).end();
    }
    if (pathname.startsWith('/cdn/')) return this.#send(pathname.slice('/cdn/'.length), range, response);
    if (this.token !== undefined && authorization !== `Bearer ${this.token}`) {
      return refuse(401, this.gated ? 'GatedRepo' : 'RepoNotFound');
    }
    if (this.gated) return refuse(403, 'GatedRepo');

    const [owner, name] = this.repository.split('/');
    const [, api, type, asked, rest = ''] =
      new RegExp(`^/(api/)?(models/|datasets/)?(${owner}/${name})/(.*)$`).exec(pathname) ?? [];
    if (asked === undefined) return refuse(404, 'RepoNotFound');
    const json = (value: unknown, more = {}): void => {
      response.writeHead(200, { 'content-type': 'application/json', ...more }).end(JSON.stringify(value));
    };
    const [kind, revision = '', ...path] = rest.split('/');
    if (api && kind === 'revision') {
      return revision === 'main' || revision === this.commit || decodeURIComponent(revision) === 'refs/pr/2'
        ? json({ id: this.repository, sha: this.commit, lastModified: '2020-01-01' })
        : refuse(404, 'RevisionNotFound');
    }
    if (revision !== this.commit) return refuse(404, 'RevisionNotFound');
    if (api && kind === 'tree') {
      // Two entries on a page, and the last of the three kinds of entry on each.
      const names = [...this.files.keys()];
      const page = Number(searchParams.get('page') ?? 0);
      const entries = names.slice(2 * page, 2 * page + 2).map((path) => {
        const { length: size } = this.files.get(path)!;
        const oid = this.hash(path);
        const lfs = oid.length === 64 && { lfs: { oid, size, pointerSize: 130 } };
        return { type: 'file', path, size, oid: lfs ? '0'.repeat(40) : oid, ...lfs };
      });
      const next = `<http://${this.pagesHost}:${this.#port}${pathname}?recursive=true&page=${page + 1}>; rel="next"`;
      return json(
        [...entries, { type: 'directory', path: 'folder', size: 0, oid: '0'.repeat(40) }],
        names.length > 2 * page + 2 ? { link: next } : {},
      );
    }
    const file = path.map(decodeURIComponent).join('/');
    if (kind !== 'resolve' || (type ?? '') !== '' || !this.files.has(file))
      return refuse(404, 'EntryNotFound');
    response.writeHead(302, { location: `http://localhost:${this.#port}/cdn/${path.join('/')}` }).end();
  }

  #send(path: string, range: string | undefined, response: ServerResponse): void {
    const name = decodeURIComponent(path);
    const content = this.sent.get(name) ?? this.files.get(name)!;
    const from = this.ranges ? Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0) : 0;
    const rest = content.subarray(from);
    const partial = this.ranges && range !== undefined;
    response.writeHead(partial ? 206 : 200, {
      'content-length': rest.length,
      ...(partial && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
    });
    if (this.slowly && rest.length >= this.large)
      return void response.write(rest.subarray(0, rest.length >> 1));
    if (rest.length <= this.breakAfter) return void response.end(rest);
    response.write(rest.subarray(0, this.breakAfter), () => setTimeout(() => response.destroy(), 20));
  }
}
