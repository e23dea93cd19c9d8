import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { checkpointFiles } from '@diffprune/bert';
import type { ResidentBase } from '@diffprune/inference/node';
import { Hono, type Context } from 'hono';
import { Problem } from './problem.ts';

/** What the page is served from. */
export interface PageOptions {
  /** The built page. */
  readonly page: string;
  /** The base's folder, in Hugging Face's layout, and what the page calls it. */
  readonly base: string;
  readonly name: string;
  /** The folder of the diffs. */
  readonly diffs: string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

/** What isolates a page, so that its threads may share memory. */
const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'x-content-type-options': 'nosniff',
};

/**
 * The page of a service: its files, and, read only, those of the base and of the tasks, which it starts with. Only files
 * whose names were listed are served, so that no path leaves a folder.
 *
 * @param tasks of which a file `<name>.sdiff` lies in the folder of the diffs
 */
export async function pageFiles(tasks: Pick<ResidentBase, 'tasks'>, options: PageOptions): Promise<Hono> {
  const page = new Set(await filesOf(options.page));
  if (!page.has('index.html')) return unbuilt();
  const base = checkpointFiles(await readdir(options.base));
  const app = new Hono();

  app.get('/models.json', (c) => {
    const diffs = tasks.tasks.map(({ name }) => ({ name, url: `models/diffs/${name}.sdiff` }));
    const start = { base: { name: options.name, url: 'models/base/', files: base }, diffs };
    return c.json(start, 200, { ...headers, 'cache-control': 'no-store' });
  });
  app.get('/models/base/:file', (c) => {
    const name = c.req.param('file');
    return base.includes(name) ? sendFile(c, join(options.base, name), 'no-cache') : c.notFound();
  });
  app.get('/models/diffs/:file', (c) => {
    const name = c.req.param('file');
    const isTask = tasks.tasks.some((task) => `${task.name}.sdiff` === name);
    return isTask ? sendFile(c, join(options.diffs, name), 'no-cache') : c.notFound();
  });
  app.get('*', async (c, next) => {
    const name = c.req.path.slice(1) || 'index.html';
    if (!page.has(name)) return next();
    const keep = name.startsWith('assets/') ? 'max-age=31536000, immutable' : 'no-cache';
    return sendFile(c, join(options.page, name), keep);
  });
  return app;
}

function unbuilt(): Hono {
  return new Hono().get('/', () => {
    throw new Problem(
      404,
      'the page is not built: npm run web:build; GET /openapi.json says what else there is',
    );
  });
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

/** Sends a file as it is read; nothing where the client has it already. */
async function sendFile(c: Context, path: string, keep: string): Promise<Response> {
  const { size, mtimeMs } = await stat(path);
  const etag = `"${size.toString(36)}-${mtimeMs.toString(36)}"`;
  const all = { ...headers, etag, 'cache-control': keep };
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, all);
  const type = types[extname(path)] ?? 'application/octet-stream';
  const content = Readable.toWeb(createReadStream(path)) as ReadableStream;
  return c.body(content, 200, { ...all, 'content-type': type, 'content-length': String(size) });
}
