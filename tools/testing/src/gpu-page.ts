import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { chromiumPath } from './chromium.ts';
import { vulkanEnvironment } from './vulkan.ts';

/** Chromium's own software driver, so that a test gives the same everywhere. */
const flags = [
  ...['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
  ...['--enable-features=Vulkan', '--use-vulkan=swiftshader', '--ignore-gpu-blocklist'],
];

/** A module in a page that has a GPU. */
export interface GpuPage {
  /** Calls a function of the module, by its name, with what JSON can say. */
  call<Result>(name: string, ...given: readonly unknown[]): Promise<Result>;
  /** Opens the page anew. */
  reload(): Promise<void>;
}

/**
 * A `describe` of a module in a page of Chromium that has WebGPU, on a software driver. Where there is no Chromium or no
 * driver its tests are skipped, and the skipped block's name says so.
 *
 * @param module whose exports can be called
 */
export function describeGpu(name: string, module: URL, tests: (page: GpuPage) => void): void {
  const missing =
    chromiumPath === undefined
      ? 'no Chromium'
      : vulkanEnvironment === undefined
        ? 'no Vulkan driver'
        : undefined;
  let context: BrowserContext | undefined;
  let server: Server | undefined;
  let page: Page;
  let profile = '';
  const problems: string[] = [];
  (missing === undefined ? describe : describe.skip)(
    missing === undefined ? name : `${name} (skipped: ${missing})`,
    () => {
      beforeAll(async () => {
        const path = JSON.stringify(fileURLToPath(module));
        const { outputFiles } = await build({
          ...{ bundle: true, format: 'esm', platform: 'browser', write: false, logLevel: 'silent' },
          conditions: ['@diffprune/source'],
          stdin: {
            contents: `import * as module from ${path}; Object.assign(globalThis, module);`,
            resolveDir: '/',
          },
        });
        server = createServer((request, response) => {
          // Isolated, so that the page has SharedArrayBuffer and threads.
          response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
          response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
          const isScript = request.url === '/page.js';
          response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
          const page =
            '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';
          response.end(isScript ? outputFiles[0]!.text : page);
        });
        await new Promise<void>((resolve) => server!.listen(0, 'localhost', resolve));
        profile = await mkdtemp(join(tmpdir(), 'gpu-page-'));
        context = await chromium.launchPersistentContext(profile, {
          executablePath: chromiumPath!,
          args: flags,
        });
        page = await context.newPage();
        page.on('pageerror', (error) => problems.push(error.message));
        await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
      }, 60_000);
      afterEach(() => expect(problems.splice(0)).toEqual([]));
      afterAll(async () => {
        await context?.close();
        server?.close();
        if (profile) await rm(profile, { recursive: true, force: true });
      });
      tests({
        async call(name, ...given) {
          return page.evaluate(`globalThis[${JSON.stringify(name)}](...${JSON.stringify(given)})`);
        },
        reload: async () => void (await page.reload()),
      });
    },
  );
}
