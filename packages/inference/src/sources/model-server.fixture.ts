import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** How an answer goes wrong. */
export type Fault =
  /** The connection breaks in the midst of it, whose length was promised. */
  | 'broken'
  /** It ends early, and no length was promised. */
  | 'short'
  | 'page'
  | 'gzipped'
  | 'pointer'
  | 'unavailable'
  /** As many bytes, of which one is another. */
  | 'wrong'
  /** Half of it comes, and then nothing more. */
  | 'stalled'
  /** Nothing is wrong; but no length was promised. */
  | 'unsized';

const page = '<!doctype html>\n<html><body>Welcome</body></html>\n';

/** A server of files: a static host, and a hub of one repository at one commit, on the loopback interface. */
export class ModelServer {
  readonly asked: { readonly path: string; readonly status: number }[] = [];
  /** By path, without the first slash. */
  readonly faults = new Map<string, Fault>();
  /** Whether what is not there is answered with a page, as single-page hosts do. */
  singlePage = false;
  /** Whether answers are gzipped on their way, and say so. */
  gzips = false;
  /** Whether answers have an ETag, and questions for what is kept are answered with 304. */
  tags = true;
  commit = '1'.repeat(40);
  readonly #server = createServer((request, response) => this.#answer(request, response));

  /**
   * @param files by path
   * @param hub the id of the repository that the files of the folder of that name are
   */
  constructor(
    readonly files: Map<string, Uint8Array>,
    readonly hub = 'owner/tiny',
    readonly headers: Readonly<Record<string, string>> = { 'access-control-allow-origin': '*' },
  ) {}

  async start(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, 'localhost', resolve));
    return `http://localhost:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(new URL(url, 'http://host').pathname.slice(1));
    const send = (status: number, body: Uint8Array | string, more: Record<string, string | number> = {}) => {
      this.asked.push({ path, status });
      response.writeHead(status, { ...this.headers, ...more }).end(body);
    };
    if (path.startsWith('api/models/')) {
      const [, id, revision] = /^api\/models\/(.*)\/revision\/(.*)$/.exec(path) ?? [];
      if (id !== this.hub) return send(401, '', { 'x-error-code': 'RepoNotFound' });
      if (revision !== 'main' && revision !== this.commit) {
        return send(404, '', { 'x-error-code': 'RevisionNotFound' });
      }
      return send(200, JSON.stringify({ id, sha: this.commit, siblings: this.#siblings() }));
    }
    const [, folder, commit, name] = /^(.*)\/resolve\/([0-9a-f]{40})\/(.*)$/.exec(path) ?? [];
    if (folder !== undefined && commit !== this.commit) return send(404, 'Not found');
    const found = folder === undefined ? path : `${folder}/${name}`;
    const content = this.files.get(found);
    if (content === undefined) {
      return this.singlePage ? send(200, page, { 'content-type': 'text/html' }) : send(404, 'Not found');
    }
    const etag = `"${createHash('md5').update(content).digest('hex')}"`;
    const type = path.endsWith('.html') ? 'text/html' : path.endsWith('.js') ? 'text/javascript' : 'x/y';
    const said = { ...(this.tags && { etag }), 'content-type': type };
    switch (this.faults.get(found)) {
      case 'page':
        return send(200, page, { 'content-type': 'text/html' });
      case 'gzipped':
        return send(200, gzipSync(content), said);
      case 'pointer':
        return send(200, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n', said);
      case 'wrong':
        return send(200, content.with(content.length - 1, content.at(-1)! ^ 1), said);
      case 'unavailable':
        return send(503, 'busy');
      case 'unsized':
        this.asked.push({ path, status: 200 });
        response.writeHead(200, { ...this.headers, ...said });
        response.write(content);
        return void response.end();
      case 'broken':
      case 'short':
      case 'stalled': {
        const fault = this.faults.get(found);
        const length = fault === 'short' ? {} : { 'content-length': content.length };
        this.asked.push({ path, status: 200 });
        response.writeHead(200, { ...this.headers, ...said, ...length });
        response.write(content.subarray(0, content.length >> 1), () => {
          if (fault === 'broken') setTimeout(() => response.destroy(), 20);
          if (fault === 'short') response.end();
        });
        return;
      }
    }
    if (this.tags && headers['if-none-match'] === etag) return send(304, '', said);
    if (this.gzips) return send(200, gzipSync(content), { ...said, 'content-encoding': 'gzip' });
    return send(200, content, { ...said, 'content-length': content.length });
  }

  #siblings(): unknown[] {
    const own = [...this.files].filter(([path]) => path.startsWith(`${this.hub}/`));
    return own.map(([path, content]) => ({
      rfilename: path.slice(this.hub.length + 1),
      size: content.length,
      ...(path.endsWith('.safetensors') && {
        lfs: { sha256: createHash('sha256').update(content).digest('hex'), size: content.length },
      }),
    }));
  }
}
