import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { chromiumPath } from '@diffprune/testing/chromium';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** Builds the page as `npm run web:build` does. @returns its folder */
export async function buildPage(): Promise<string> {
  const out = await mkdtemp(join(tmpdir(), 'page-'));
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const main = fileURLToPath(new URL('../../web/build/main.ts', import.meta.url));
  const args = ['--conditions=@diffprune/source', '--import', tsx, main, '--out', out];
  await promisify(execFile)(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } });
  return out;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** A static host that has the page in a sub-path. */
export class Host {
  readonly #server: Server;
  /** What is served; another build may come. */
  folder: string;

  private constructor(folder: string, server: Server) {
    [this.folder, this.#server] = [folder, server];
  }

  /** @param isIsolated whether it sends the headers that let a page have threads */
  static async start(folder: string, isIsolated: boolean): Promise<Host> {
    const server = createServer();
    const host = new Host(folder, server);
    server.on('request', ({ url }, response) => {
      const name = new URL(url!, 'http://host').pathname
        .replace(/^\/some\/where\//, '')
        .replace(/^$/, 'index.html');
      readFile(join(host.folder, name)).then(
        (content) => {
          const type = types[extname(name)] ?? 'application/octet-stream';
          const kept = name.startsWith('assets/') ? 'max-age=31536000, immutable' : 'no-cache';
          response.writeHead(200, {
            ...{ 'Content-Type': type, 'Cache-Control': kept, 'Content-Length': content.length },
            ...(isIsolated && isolation),
          });
          response.end(content);
        },
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    return host;
  }

  get url(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}/some/where/`;
  }

  /** From here on it cannot be reached. */
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** A page, and what went wrong on it. */
export interface OpenedPage {
  readonly page: Page;
  /** Errors, whatever was written to the console, and requests that failed. */
  readonly faults: readonly string[];
  /** URLs of what it asked for. */
  readonly requests: readonly string[];
}

/** Chromium's own software driver, which the page takes for no GPU unless it is told to use it. */
const flags = [
  ...['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
  ...['--enable-features=Vulkan', '--use-vulkan=swiftshader', '--ignore-gpu-blocklist'],
];

/** Opens pages, each as somebody else's browser would. */
export class Visitors {
  #browser: Browser | undefined;

  /** A page of a new visitor. @param script runs in the page before its own */
  async open(url: string, options: BrowserContextOptions, script?: () => void): Promise<OpenedPage> {
    this.#browser ??= await chromium.launch({ executablePath: chromiumPath!, args: flags });
    const context = await this.#browser.newContext(options);
    if (script !== undefined) await context.addInitScript(script);
    const page = await context.newPage();
    const faults = watch(page);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(url);
    return { page, faults, requests };
  }

  /** Closes the pages of all visitors. */
  async leave(): Promise<void> {
    for (const context of this.#browser?.contexts() ?? []) await context.close();
  }

  async close(): Promise<void> {
    await this.#browser?.close();
  }
}

/** Collects what goes wrong on a page. */
function watch(page: Page): string[] {
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('console', (message) => faults.push(`${message.type()}: ${message.text()}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // One that is given up, as its page is left for another or loaded again, has not failed.
    if (reason !== 'net::ERR_ABORTED') faults.push(`${request.url()}: ${reason}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.url()}: ${response.status()}`);
  });
  return faults;
}

/** The numbers of the answers that are shown: probabilities in the labels' order, or a score. */
export async function numbers(page: Page): Promise<number[]> {
  const values = page
    .locator('.answer data')
    .evaluateAll((all) => all.map((each) => each.getAttribute('value')));
  return (await values).map((value) => (value ? Number(value) : NaN));
}

/** Waits until the page shows these numbers to 1e-4. @throws Error that says what it shows instead */
export async function showsNumbers(page: Page, expected: readonly number[]): Promise<void> {
  let shown: number[] = [];
  for (const end = Date.now() + 10_000; Date.now() < end; await page.waitForTimeout(20)) {
    shown = await numbers(page);
    const isRight =
      shown.length === expected.length && shown.every((value, i) => Math.abs(value - expected[i]!) < 1e-4);
    if (isRight) return;
  }
  throw new Error(`the page shows ${shown.join(', ')}, expected ${expected.join(', ')}`);
}
