import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serializeConfig } from '@diffprune/bert';
import { build } from 'esbuild';
import type { BrowserModel } from './browser-models.ts';
import { labels } from './made-task.ts';

/** Serves a page that has `browser-page.ts`, transformers.js and its ONNX Runtime, and the models. */
export class BrowserServer {
  private constructor(
    readonly server: Server,
    /** Models by name, which may be added at any time. */
    readonly models: Map<string, BrowserModel>,
  ) {}

  static async start(): Promise<BrowserServer> {
    const models = new Map<string, BrowserModel>();
    const script = await bundlePage();
    const { onnxRuntimeWeb: runtime } = peerFolders();
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url!, 'http://localhost');
      // Isolated, so that the page has shared memory, threads and a fine clock.
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      respond(pathname, response, { models, script, runtime }).catch((error: Error) => {
        response.writeHead(404).end(error.message);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    return new BrowserServer(server, models);
  }

  get url(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** What is served. */
interface Served {
  readonly models: ReadonlyMap<string, BrowserModel>;
  readonly script: string;
  /** Where ONNX Runtime's files are. */
  readonly runtime: string;
}

/** @throws Error for what there is not */
async function respond(path: string, response: ServerResponse, served: Served): Promise<void> {
  const [, kind, name = '', ...rest] = path.split('/');
  const send = (type: string, body: string | Uint8Array): void => {
    response.setHeader('Content-Length', Buffer.byteLength(body));
    response.setHeader('Content-Type', type).end(body);
  };
  if (kind === '') return send('text/html', '<!doctype html><script type="module" src="/page.js"></script>');
  if (kind === 'page.js') return send('text/javascript', served.script);
  if (kind === 'ort') return sendFile(join(served.runtime, name), response);
  const model = served.models.get(name);
  if (model === undefined) throw new Error(`there is no model "${name}"`);
  if (kind === 'models') return sendFile(join(model.base.folder, rest.join('/')), response);
  if (kind === 'tasks') return send('application/octet-stream', model.tasks[Number(rest[0])]!);
  const file = rest.join('/'); // of /peers/<model>/ or /peers-of-tasks/<model>/
  const ofTask = kind === 'peers-of-tasks';
  if (file === 'onnx/model.onnx') {
    return send('application/octet-stream', ofTask ? await model.onnxOfTask() : model.onnx());
  }
  if (file !== 'config.json') return sendFile(join(model.base.folder, file), response);
  const names = Object.fromEntries(labels.map((label, i) => [i, label]));
  const config = { ...serializeConfig(model.base.config), ...(ofTask && { id2label: names }) };
  send('application/json', JSON.stringify(config));
}

const types: Readonly<Record<string, string>> = {
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

async function sendFile(file: string, response: ServerResponse): Promise<void> {
  const { size } = await stat(file);
  response.setHeader('Content-Length', size);
  response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
  createReadStream(file).pipe(response);
}

/** `dist` of transformers.js, and of the ONNX Runtime that it brings. */
function peerFolders(): { transformersJs: string; onnxRuntimeWeb: string } {
  const transformers = createRequire(import.meta.url).resolve('@huggingface/transformers');
  const runtime = createRequire(transformers).resolve('onnxruntime-web');
  return { transformersJs: dirname(transformers), onnxRuntimeWeb: dirname(runtime) };
}

/** Which transformers.js, and which ONNX Runtime, ours is beside. */
export async function peerVersions(): Promise<ReturnType<typeof peerFolders>> {
  const version = async (dist: string): Promise<string> => {
    const description = await readFile(join(dist, '..', 'package.json'), 'utf8');
    return (JSON.parse(description) as { version: string }).version;
  };
  const { transformersJs, onnxRuntimeWeb } = peerFolders();
  return { transformersJs: await version(transformersJs), onnxRuntimeWeb: await version(onnxRuntimeWeb) };
}

async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@diffprune/source'],
    entryPoints: [fileURLToPath(new URL('browser-page.ts', import.meta.url))],
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
}
