import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromiumPath } from '@diffprune/testing/chromium';
import { build } from 'esbuild';
import { chromium, type Browser } from 'playwright-core';
import { expectClose } from '../agreement.fixture.ts';
import { createEngine, valueAndGradients } from '../index.ts';
import { data, names, network, samples } from '../network.fixture.ts';

type Outputs = Record<string, ArrayLike<number>>;

let expected: Outputs;
beforeAll(async () => {
  const engine = await createEngine('cpu', { threads: 1 });
  const program = await engine.compile(valueAndGradients(network, names), samples);
  expected = await program.run(data);
  await program.dispose();
});

/** Loss, logits and gradients of a network are as ONNX Runtime for Node computes them. */
function expectSame(outputs: Outputs): void {
  expect(Object.keys(outputs)).toEqual(Object.keys(expected));
  expect(Object.keys(outputs)).toContain('gradient/table');
  for (const [name, values] of Object.entries(expected)) expectClose(outputs[name]!, values, 1e-5, 1e-6);
  expect(Math.abs(expected['loss']![0]!)).toBeGreaterThan(0.1);
}

describe('ONNX Runtime Web in Node', () => {
  it('computes loss and gradients as ONNX Runtime for Node does, into fresh arrays and given ones', async () => {
    const engine = await createEngine('wasm', { threads: 1 });
    const program = await engine.compile(valueAndGradients(network, names), samples);
    expectSame(await program.run(data));
    const given = {
      loss: new Float32Array(1),
      'gradient/w': new Float32Array(16),
      'gradient/table': new Float32Array(28),
    };
    const outputs = await program.run(data, given);
    expectSame(outputs);
    for (const [name, array] of Object.entries(given)) expect(outputs[name]).toBe(array);
    await program.dispose();
  });

  it('has the threads of its first engine', async () => {
    await createEngine('wasm', { threads: 1 });
    await expect(createEngine('wasm', { threads: 2 })).rejects.toThrow(
      'onnxruntime-web has 1 threads already, for all its programs; use as many, not 2',
    );
  });
});

const gpu = existsSync('/usr/lib/chromium/vk_swiftshader_icd.json');
/** A graphics driver that runs on the processor. */
const gpuFlags = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--ignore-gpu-blocklist',
];

/** A script for a page that has a function `outputsOf`, with an entry of onnxruntime-web. */
async function pageScript(entry: string): Promise<string> {
  const contents = `
    import * as runtime from 'onnxruntime-web/${entry}';
    import { createEngine, valueAndGradients } from '../index.ts';
    import { data, names, network, samples } from '../network.fixture.ts';

    globalThis.outputsOf = async (name, threads) => {
      const engine = await createEngine(name, { runtime, threads });
      const program = await engine.compile(valueAndGradients(network, names), samples);
      const table = new Float32Array(28);
      const runs = await Promise.all([program.run(data), program.run(data, { 'gradient/table': table })]);
      const lists = runs.map((run) => Object.entries(run).map(([name, array]) => [name, [...array]]));
      return lists.map(Object.fromEntries);
    };`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'js' },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@diffprune/source'],
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
}

/** Serves pages `/<entry>`, isolated so that they may have threads, and the files of onnxruntime-web. */
function serve(): Server {
  const files = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  const types = {
    html: 'text/html',
    js: 'text/javascript',
    mjs: 'text/javascript',
    wasm: 'application/wasm',
  };
  return createServer((request, response) => {
    void (async () => {
      const [, name = '', type = 'html'] = /^\/([^?]*?)(?:\.(\w+))?$/.exec(request.url ?? '') ?? [];
      const body =
        type === 'js'
          ? await pageScript(basename(name))
          : type === 'html'
            ? `<!doctype html><script type="module" src="/${name}.js"></script>`
            : await readFile(join(files, `${name}.${type}`));
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      response.setHeader('Content-Type', types[type as keyof typeof types] ?? 'text/plain');
      response.end(body);
    })().catch((error: Error) => response.writeHead(404).end(error.message));
  });
}

describe(`ONNX Runtime Web in Chromium${chromiumPath ? '' : ' (skipped: no Chromium)'}`, () => {
  let server: Server;
  let browser: Browser;
  const run = chromiumPath ? it : it.skip;
  beforeAll(async () => {
    if (!chromiumPath) return;
    server = serve();
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    browser = await chromium.launch({
      executablePath: chromiumPath,
      args: ['--no-sandbox', ...(gpu ? gpuFlags : [])],
    });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  /** What runs at the same time on an engine give, in a page of its own that reaches no other host. */
  async function runs(engine: string, threads: number, folder = ''): Promise<Outputs[]> {
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('request', (request) => {
      if (!/^(http:\/\/localhost:|blob:|data:)/.test(request.url())) problems.push(request.url());
    });
    try {
      await page.goto(`${origin}/${folder}${engine}`);
      return await page.evaluate<Outputs[]>(`outputsOf('${engine}', ${threads})`);
    } finally {
      await page.close();
      expect(problems).toEqual([]);
    }
  }

  run.each([1, 2])('wasm on %i threads computes loss and gradients as in Node', async (threads) => {
    for (const outputs of await runs('wasm', threads)) expectSame(outputs);
  });

  run('names the file that wasm needs where it is not there', async () => {
    await expect(runs('wasm', 1, 'elsewhere/')).rejects.toThrow(
      "engine 'wasm' needs the .wasm file of onnxruntime-web, beside the script that holds it",
    );
  });

  (gpu ? run : it.skip)(
    `webgpu computes them, too${gpu ? '' : ' (skipped: Chromium has no driver in software)'}`,
    async () => {
      for (const outputs of await runs('webgpu', 1)) expectSame(outputs);
    },
  );
});
