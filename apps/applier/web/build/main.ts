/** Builds the page and says what came of it: `npm run web:build`; `npm run web` serves it, too. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { preview } from 'vite';
import { buildPage, filesOf, pageFolder } from './build-page.ts';

const { values: options } = parseArgs({
  options: { out: { type: 'string', default: pageFolder }, serve: { type: 'boolean', default: false } },
});

/** What makes a page isolated, so that its threads may share memory. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const page = await buildPage(options.out);
const sizes = await Promise.all(
  page.map(async (file) => gzipSync(await readFile(join(options.out, file))).length),
);
for (const [i, file] of page.entries()) say(`  ${file}  ${kilobytes(sizes[i]!)} gzipped`);
const all = await Promise.all((await filesOf(options.out)).map((file) => readFile(join(options.out, file))));
say(`the page: ${options.out}
  ${kilobytes(sizes.reduce((a, b) => a + b))} gzipped, models apart; ${kilobytes(all.reduce((a, b) => a + b.length, 0))} with them`);

if (options.serve) {
  const server = await preview({
    configFile: false,
    appType: 'mpa',
    build: { outDir: options.out },
    preview: { headers },
  });
  say(server.resolvedUrls!.local.map((url) => `serving it at ${url}`).join('\n'));
} else {
  say(`Any static host will do, under any path, by https: or on localhost. It is faster with the headers
${Object.entries(headers)
  .map((each) => `  ${each.join(': ')}`)
  .join('\n')}
  Cache-Control: max-age=31536000, immutable   (of files under assets/; of all others no-cache)`);
}
