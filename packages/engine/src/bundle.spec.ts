import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

it('is bundled for a page without a warning, Node, or a library that is asked for by name', async () => {
  const { outputFiles, metafile, warnings } = await build({
    entryPoints: [fileURLToPath(new URL('index.ts', import.meta.url))],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@diffprune/source'],
    outdir: '/',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  expect(imports.filter(({ external }) => external)).toEqual([]);
  const optional = /node_modules\/(koffi|onnxruntime|@tensorflow)/;
  expect(Object.keys(metafile.inputs).filter((path) => optional.test(path))).toEqual([]);
  // What a page loads at first; the file of a runtime comes when it is asked for.
  const index = outputFiles.find(({ path }) => path === '/index.js')!;
  const first = index.text.matchAll(/from "\.(\/.*?)"/g);
  const loaded = [index, ...[...first].map(([, name]) => outputFiles.find(({ path }) => path === name)!)];
  expect(loaded.length).toBeGreaterThan(1);
  for (const { text } of loaded) expect(text).not.toMatch(/["']node:|["']koffi/);
});
