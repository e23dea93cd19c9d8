/** Bundles for the tests: what a page loads. */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';

const source = fileURLToPath(new URL('.', import.meta.url));
const common: BuildOptions & { write: false } = {
  bundle: true,
  format: 'esm',
  platform: 'browser',
  conditions: ['@diffprune/source'],
  write: false,
  logLevel: 'silent',
};

/** Bytes of each file of the minified package, protobufjs apart: `index.js`, and what it loads later. */
export async function minifiedSizes(): Promise<Record<string, number>> {
  const { outputFiles } = await build({
    ...common,
    entryPoints: [`${source}index.ts`],
    minify: true,
    splitting: true,
    outdir: '/',
    external: ['protobufjs'],
    chunkNames: '[name]',
  });
  return Object.fromEntries(outputFiles!.map(({ path, contents }) => [path.slice(1), contents.length]));
}

/** The specs that need no Node, as one script for a page that has `describe`, `it` and `expect`. */
export async function bundledSpecs(): Promise<string> {
  const specs = (await readdir(source)).filter(
    (name) => name.endsWith('.spec.ts') && !/^(bundle|chromium|node|python|readme|schema)\./.test(name),
  );
  const contents = ['page.ts', ...specs.sort()].map((name) => `import './${name}';`).join('\n');
  // Specs are imported for their side effects, which package.json says there are none of.
  const { outputFiles } = await build({
    ...common,
    ignoreAnnotations: true,
    stdin: { contents, resolveDir: source },
  });
  return outputFiles![0]!.text;
}
