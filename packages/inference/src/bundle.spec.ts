import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { encodeDiff } from '@diffprune/sparse-diff';
import { chromiumPath } from '@diffprune/testing/chromium';
import { build, type BuildOptions } from 'esbuild';
import { chromium } from 'playwright-core';
import { applyDiff, classify, loadBase, memoryFiles } from './index.ts';
import { classification, makeDiff, writeBase } from './tiny-model.fixture.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const options = {
  bundle: true,
  format: 'esm' as const,
  platform: 'browser' as const,
  conditions: ['@diffprune/source'],
  write: false as const,
  metafile: true as const,
  logLevel: 'silent' as const,
} satisfies BuildOptions;

it('is bundled for a page: nothing of Node, of training, of an app, of ONNX Runtime or of the hub is in it', async () => {
  const { metafile, outputFiles, warnings } = await build({ ...options, entryPoints: [`${here}index.ts`] });
  expect(warnings).toEqual([]);
  const [output] = Object.values(metafile.outputs);
  expect(output!.imports).toEqual([]);
  // esbuild leaves in no file what nothing of it is used of
  const files = Object.entries(output!.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const names = files.map(([name]) => name);
  expect(names.some((name) => name.endsWith('sparse-diff/src/apply.ts'))).toBe(true);
  const packages = [
    'training',
    'pretraining',
    'hub',
    'kernels',
    'hard-concrete',
    'score-masking',
    'onnxruntime',
  ];
  const unwanted = new RegExp(
    `/(${packages.join('|')})/src/|/apps/|/node\\.ts$|node_modules/(onnxruntime|koffi|@huggingface|commander|hyparquet)`,
  );
  expect(names.filter((name) => unwanted.test(name))).toEqual([]);
  expect(outputFiles[0]!.text).not.toMatch(/(from|import\(?|require\() ?["']node:/);
});

it('is small: what a page loads to have many tasks on one base, kernels included', async () => {
  const contents = "export { loadBase, memoryFiles, ResidentBase } from './index.ts';";
  const { metafile, outputFiles } = await build({
    ...options,
    ...{ minify: true, splitting: true, outdir: here },
    stdin: { contents, resolveDir: here, loader: 'js' },
  });
  const outputs = Object.entries(metafile.outputs);
  const [entry] = outputs.find(([, { entryPoint }]) => entryPoint === '<stdin>')!;
  const loaded = new Set([entry]);
  for (const name of loaded) {
    for (const { path, kind } of metafile.outputs[name]!.imports)
      if (kind === 'import-statement') loaded.add(path);
  }
  const gzipped = outputs.map((_, i) => gzipSync(outputFiles[i]!.contents).length);
  const kernels = gzipped.filter((_, i) =>
    /inference-kernels\/.*\/wasm\//.test(outputs[i]![1].entryPoint ?? ''),
  );
  expect(kernels).toHaveLength(4); // of which a page loads one
  const sizes = gzipped.filter((_, i) => loaded.has(outputs[i]![0]));
  expect(sizes.reduce((a, b) => a + b, Math.max(...kernels))).toBeLessThan(110_000);
});

/** What a page does with this package: all answers of three switches, and the fingerprint at the end. */
const script = `
  import * as runtime from 'onnxruntime-web/wasm';
  import { fingerprintTensors } from '@diffprune/sparse-diff';
  import { applyDiff, classify, loadBase, memoryFiles, ResidentBase } from './index.ts';

  globalThis.residentAnswersOf = async (files, diffs, texts, threads) => {
    const bytes = (numbers) => Uint8Array.from(numbers);
    const named = Object.entries(files).map(([name, numbers]) => [name, bytes(numbers)]);
    const base = await ResidentBase.create(await loadBase(memoryFiles(Object.fromEntries(named))), { threads });
    const weights = () =>
      Promise.all([...base.base.tensors.keys()].map(async (name) => (await base.engine.weights.read(name)).join()));
    const before = await weights();
    for (const [i, diff] of diffs.entries()) await base.add(bytes(diff), String(i));
    const asked = base.tasks.map((task) => task.classify(texts));
    const answers = (await Promise.all(asked)).map((all) => all.map(({ probabilities }) => [...probabilities]));
    for (const { name } of base.tasks) await base.remove(name);
    const reverted = (await weights()).every((text, i) => text === before[i]);
    base.dispose();
    return { answers, reverted };
  };
  globalThis.answersOf = async (files, diffs, texts, engine) => {
    const bytes = (numbers) => Uint8Array.from(numbers);
    const named = Object.entries(files).map(([name, numbers]) => [name, bytes(numbers)]);
    const base = await loadBase(memoryFiles(Object.fromEntries(named)), engine && { engine, threads: 1, runtime });
    const answers = [];
    for (const diff of diffs) {
      const model = await applyDiff(base, bytes(diff));
      answers.push((await classify(model, texts)).map(({ probabilities }) => [...probabilities]));
      model.revert();
    }
    await base.predictors.dispose();
    return { answers, reverted: (await fingerprintTensors(base.tensors)) === base.fingerprint };
  };`;

/** Serves a page with the script, and the files of onnxruntime-web. */
async function serve(): Promise<Server> {
  const stdin = { contents: script, resolveDir: here, loader: 'js' } as const;
  const { outputFiles } = await build({ ...options, stdin });
  const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  const server = createServer((request, response) => {
    void (async () => {
      // Isolated, so that the page has SharedArrayBuffer and threads.
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      const name = request.url!.slice(1);
      const type = name.endsWith('.wasm')
        ? 'application/wasm'
        : name === ''
          ? 'text/html'
          : 'text/javascript';
      response.setHeader('Content-Type', type);
      if (name === '') response.end('<!doctype html><script type="module" src="/page.js"></script>');
      else if (name === 'page.js') response.end(outputFiles[0]!.text);
      else response.end(await readFile(join(runtime, name)));
    })().catch((error: Error) => response.writeHead(404).end(error.message));
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}

(chromiumPath ? describe : describe.skip)(
  `in Chromium${chromiumPath ? '' : ' (skipped: no Chromium)'}`,
  () => {
    it('a page applies, classifies and switches as Node does, from bytes alone, and has many tasks at once', async () => {
      const folder = await writeBase();
      const files: Record<string, Uint8Array> = {};
      for (const name of await readdir(folder)) files[name] = await readFile(join(folder, name));
      const other = await makeDiff({ labels: ['no', 'yes'] }, classification, 4);
      const [one, two] = [encodeDiff(await makeDiff()).bytes, encodeDiff(other).bytes];
      const diffs = [one, two, one];
      const texts = ['the film was good', 'a dull soup .', { textA: 'he left', textB: 'the film' }];

      const base = await loadBase(memoryFiles(files), { threads: 1 });
      const expected: (readonly [string, number])[][][] = [];
      for (const diff of diffs) {
        const model = await applyDiff(base, diff);
        expected.push((await classify(model, texts)).map(({ probabilities }) => [...probabilities!]));
        model.revert();
      }
      await base.predictors.dispose();

      const server = await serve();
      const browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
      try {
        const page = await browser.newPage();
        const problems: string[] = [];
        page.on('pageerror', (error) => problems.push(error.message));
        await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
        const numbers = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, [...bytes]]));
        const given = [numbers, diffs.map((diff) => [...diff]), texts]
          .map((each) => JSON.stringify(each))
          .join();
        const labels = (all: typeof expected) =>
          all.map((some) => some.map((row) => row.map(([label]) => label)));
        const values = (all: typeof expected) => all.flat(2).map(([, value]) => value);
        for (const call of [
          'answersOf(given)', // on kernels of our own
          "answersOf(given, 'wasm')",
          'residentAnswersOf(given, 1)',
          'residentAnswersOf(given, 2)',
        ]) {
          const { answers, reverted } = await page.evaluate<{ answers: typeof expected; reverted: boolean }>(
            call.replace('given', given),
          );
          expect(problems).toEqual([]);
          expect(reverted).toBe(true);
          expect(labels(answers)).toEqual(labels(expected));
          values(answers).forEach((value, i) => expect(value).toBeCloseTo(values(expected)[i]!, 5));
          expect(answers[2]).toEqual(answers[0]);
          expect(answers[1]).not.toEqual(answers[0]);
        }
      } finally {
        await browser.close();
        server.close();
      }
    }, 120_000);
  },
);
