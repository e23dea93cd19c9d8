import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles one of this package's modules, and what it imports, for a Node without loaders. @returns the bundle's path */
export async function bundleModule(file: string, folder: string): Promise<string> {
  const outfile = join(folder, file.replace(/ts$/, 'mjs'));
  await build({
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@diffprune/source'],
    entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
    outfile,
    logLevel: 'silent',
  });
  return outfile;
}
