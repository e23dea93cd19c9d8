import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkpointFiles } from '@diffprune/bert';
import { sampleDiffs, sampleModelFolder } from '@diffprune/samples/node';
import license, { type Dependency } from 'rollup-plugin-license';
import { build, defaultClientConditions, type InlineConfig, type PluginOption } from 'vite';
import type { StartModels } from '../src/start-models.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const serviceWorker = join(root, 'service-worker/service-worker.ts');

/** Where the page is built, in the workspace and in the published package. */
export const pageFolder = join(root, 'dist');

/**
 * Builds the page into a folder for any static host: what bears a hash in its name is in `assets`, the models in
 * `assets/samples`; `models.json` says what it starts with, and `service-worker.js` what belongs together. Whoever hands
 * the folder on gives `licenses.txt` with it.
 *
 * @returns the names of the files that a browser may load, models apart
 */
export async function buildPage(folder: string): Promise<string[]> {
  process.env['NODE_ENV'] = 'production'; // or else libraries come with their warnings for developers
  const bundled = new Map<string, Dependency>();
  const collect = license({
    thirdParty: (all) => all.forEach((each) => bundled.set(`${each.name} ${each.version}`, each)),
  });
  const plugins = () => [collect as PluginOption]; // Rollup's type of a plugin is stricter than Vite's
  await buildWithVite(folder, { build: { emptyOutDir: true }, plugins: plugins(), worker: { plugins } });
  const files = await filesOf(folder);
  await writeFile(join(folder, 'licenses.txt'), await licenses(bundled));
  await writeFile(join(folder, 'models.json'), JSON.stringify(await copySamples(folder)));
  await writeServiceWorker(folder, files);
  return [...files, 'service-worker.js', 'models.json'];
}

async function buildWithVite(
  folder: string,
  { build: more, worker, ...others }: InlineConfig,
): Promise<void> {
  await build({
    configFile: false,
    root,
    base: './',
    logLevel: 'warn',
    resolve: { conditions: ['@diffprune/source', ...defaultClientConditions] },
    worker: { format: 'es', ...worker },
    ...others,
    build: {
      outDir: folder,
      target: 'es2022',
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      ...more,
    },
  });
}

/** What a folder's licences ask to be said: our notice, which tells of the code that our packages contain, then others'. */
async function licenses(bundled: ReadonlyMap<string, Dependency>): Promise<string> {
  const ours = ['NOTICE', 'LICENSE'].map((name) => readFile(join(root, '../../..', name), 'utf8'));
  const others = [...bundled]
    .filter(([name]) => !name.startsWith('@diffprune/'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { license, licenseText, noticeText }]) => {
      if (!licenseText) throw new Error(`${name} (${license}) comes without the text of its licence`);
      return [`${name} (${license})`, noticeText, licenseText].filter(Boolean).join('\n\n');
    });
  return [...(await Promise.all(ours)), ...others].join(`\n\n${'-'.repeat(80)}\n\n`);
}

/** Names of all files under a folder, with `/` between folders. */
export async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** Copies the sample model and its diffs, under names that say their content. */
async function copySamples(folder: string): Promise<StartModels> {
  const files = checkpointFiles(await readdir(sampleModelFolder()));
  const contents = await Promise.all(files.map((file) => readFile(join(sampleModelFolder(), file))));
  const url = `assets/samples/model-${hashOf(...contents)}/`;
  await mkdir(join(folder, url), { recursive: true });
  for (const file of files) await cp(join(sampleModelFolder(), file), join(folder, url, file));
  const diffs = [];
  for (const [name, path] of Object.entries(sampleDiffs)) {
    const url = `assets/samples/${name}-${hashOf(await readFile(path))}.sdiff`;
    await cp(path, join(folder, url));
    diffs.push({ name, url });
  }
  return { base: { name: 'the sample model', url, files }, diffs };
}

async function writeServiceWorker(folder: string, files: readonly string[]): Promise<void> {
  const contents = await Promise.all(files.map((file) => readFile(join(folder, file))));
  const integrities = files.map((file, i) => [
    file === 'index.html' ? './' : file,
    integrityOf(contents[i]!),
  ]);
  const build = { id: hashOf(...contents), files: Object.fromEntries(integrities) };
  await buildWithVite(folder, {
    define: { BUILD: JSON.stringify(build) },
    build: {
      emptyOutDir: false,
      rollupOptions: {
        input: serviceWorker,
        output: { format: 'iife', entryFileNames: 'service-worker.js', inlineDynamicImports: true },
      },
    },
  });
}

const integrityOf = (content: Uint8Array): string =>
  `sha256-${createHash('sha256').update(content).digest('base64')}`;

function hashOf(...contents: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return hash.digest('hex').slice(0, 12);
}
