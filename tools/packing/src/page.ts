import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { chromiumPath } from '@diffprune/testing/chromium';
import { build as buildByEsbuild } from 'esbuild';
import { chromium } from 'playwright-core';
import { build as buildByVite, createLogger } from 'vite';

/** Where the page lies on its server: not at the root. */
const path = '/some/where/';

/** A page's own code, which imports the packages as anybody would, and answers as {@link PageAnswers}. */
const main = `
import { parseConfig } from '@diffprune/bert';
import { createResidentEngine } from '@diffprune/engine';
import { encodeExamples } from '@diffprune/glue';
import { applyDiff, classify, loadBase, memoryFiles, ResidentBase } from '@diffprune/inference';
import { decodeDiff } from '@diffprune/sparse-diff';
import { defaultSpanSettings, spanCodec } from '@diffprune/squad';

const read = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
const numbers = (answers) => answers.map(({ label, probabilities }) => [label, ...probabilities.values()]);

globalThis.answersOf = async (texts, threads) => {
  const files = {};
  for (const name of ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']) {
    files[name] = await read('model/' + name);
  }
  const diffs = await Promise.all(['opinion', 'inference'].map((task) => read('diffs/' + task + '.sdiff')));
  const base = await loadBase(memoryFiles(files));
  const resident = await ResidentBase.create(base, { threads });
  const answers = {};
  for (const [i, diff] of diffs.entries()) {
    const { manifest } = await decodeDiff(diff);
    await resident.add(diff);
    const model = await applyDiff(base, diff);
    const asked = texts[i];
    answers[manifest.task] = [await classify(model, asked), await resident.task(manifest.task).classify(asked)].map(numbers);
    model.revert();
  }
  const { runtime } = resident;
  resident.dispose();
  const plain = await base.predictors.runtime();
  await base.predictors.dispose();
  const engine = await createResidentEngine();
  engine.dispose();
  const { hiddenSize } = parseConfig(JSON.parse(new TextDecoder().decode(files['config.json'])));
  const rows = [
    encodeExamples([{ index: '0', textA: 'a film' }], base.tokenizer, 16, 'single_label_classification').size,
    spanCodec(defaultSpanSettings).encode([{ id: '0', question: 'who', context: 'he left' }], base.tokenizer, 384).size,
  ];
  return { answers, runtimes: [plain, runtime, engine.runtime], hiddenSize, rows };
};
`;

/** What the page's answers are, beside what it runs on. */
export interface PageAnswers {
  /** By task: those of `classify`, and those of a resident base; each a label and its probabilities. */
  readonly answers: Readonly<Record<string, readonly (readonly [string, ...number[]][])[]>>;
  /** Of a base, of a resident base, and of an engine. */
  readonly runtimes: readonly string[];
  readonly hiddenSize: number;
  /** Of an encoded text, and of an encoded question. */
  readonly rows: readonly number[];
}

/** A bundle of the page. */
export interface Bundle {
  readonly folder: string;
  readonly warnings: readonly string[];
  /** Paths of the modules that are in it. */
  readonly modules: readonly string[];
}

/** A project's page, bundled by Vite and by esbuild. @param project where the packages are installed */
export async function bundlePage(project: string): Promise<Record<'vite' | 'esbuild', Bundle>> {
  const source = join(project, 'page');
  await mkdir(source);
  await writeFile(join(source, 'main.js'), main);
  const html =
    '<!doctype html><link rel="icon" href="data:,"><script type="module" src="./main.js"></script>';
  await writeFile(join(source, 'index.html'), html);
  return {
    vite: await byVite(source, `${source}-vite`),
    esbuild: await byEsbuild(source, `${source}-esbuild`),
  };
}

async function byVite(root: string, folder: string): Promise<Bundle> {
  const [warnings, modules]: [string[], string[]] = [[], []];
  const warn = (message: string): void => void warnings.push(message);
  await buildByVite({
    ...{ root, base: path, configFile: false },
    customLogger: { ...createLogger('silent'), warn, warnOnce: warn, error: warn },
    build: { outDir: folder, emptyOutDir: true },
    plugins: [
      {
        name: 'modules',
        generateBundle(_, bundle) {
          for (const chunk of Object.values(bundle)) {
            if (chunk.type === 'chunk') modules.push(...Object.keys(chunk.modules));
          }
        },
      },
    ],
  });
  return { folder, warnings, modules };
}

async function byEsbuild(source: string, folder: string): Promise<Bundle> {
  const { metafile, warnings } = await buildByEsbuild({
    entryPoints: [join(source, 'main.js')],
    outdir: folder,
    ...{ bundle: true, splitting: true, minify: true, metafile: true },
    ...{ format: 'esm', platform: 'browser', logLevel: 'silent' },
  });
  await writeFile(join(folder, 'index.html'), await readFile(join(source, 'index.html')));
  const modules = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  return { folder, warnings: warnings.map(({ text }) => text), modules };
}

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Serves a bundle, and the sample model and diffs beside it, under {@link path}. @param isIsolated whether the page may have threads */
async function serve(bundle: string, samples: string, isIsolated: boolean): Promise<Server> {
  const server = createServer((request, response) => {
    const name = request.url!.startsWith(path) ? request.url!.slice(path.length) || 'index.html' : undefined;
    if (isIsolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    const folder = /^(model|diffs)\//.test(name ?? '') ? samples : bundle;
    void (name === undefined ? Promise.reject(new Error(request.url)) : readFile(join(folder, name))).then(
      (bytes) =>
        response.setHeader('Content-Type', types[extname(name!)] ?? 'application/octet-stream').end(bytes),
      (error: Error) => response.writeHead(404).end(error.message),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}

/**
 * What a bundled page answers in Chromium.
 *
 * @param samples the folder of the package of samples
 * @param texts for each of its two diffs
 * @returns with what the page and its scripts log
 */
export async function askPage(
  bundle: Bundle,
  samples: string,
  texts: readonly unknown[],
  threads: number,
): Promise<PageAnswers & { readonly logged: readonly string[] }> {
  const server = await serve(bundle.folder, samples, threads > 1);
  const browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const logged: string[] = [];
    page.on('pageerror', (error) => logged.push(error.message));
    page.on('console', (message) => {
      // what Chromium itself says where WebGPU is asked for, and there is no GPU
      if (message.text() !== 'No available adapters.') logged.push(message.text());
    });
    page.on('requestfailed', (request) => logged.push(request.url()));
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}${path}`);
    const given = [texts, threads].map((each) => JSON.stringify(each)).join();
    return { ...(await page.evaluate<PageAnswers>(`answersOf(${given})`)), logged };
  } finally {
    await browser.close();
    server.close();
  }
}
