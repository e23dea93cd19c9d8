/**
 * Lays what onnxruntime-node publishes into generated/, byte for byte: its JavaScript and its libraries, but not its
 * install step, nor DirectML, which no engine asks for, nor CUDA's libraries where that step has run. Hard links where
 * the file system has them.
 */
import { copyFileSync, linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const published = dirname(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')));
const generated = fileURLToPath(new URL('../generated', import.meta.url));
const wanted = /^bin.*\.(node|dll|dylib|so[.\d]*)$|^dist.*\.(js|d\.ts)$/;

rmSync(generated, { recursive: true, force: true });
for (const file of readdirSync(published, { recursive: true, encoding: 'utf8' })) {
  if (!wanted.test(file) || /DirectML|_providers_/.test(file)) continue;
  const copy = join(generated, file);
  mkdirSync(dirname(copy), { recursive: true });
  try {
    linkSync(join(published, file), copy);
  } catch {
    copyFileSync(join(published, file), copy);
  }
}
writeFileSync(join(generated, 'package.json'), '{ "type": "commonjs" }\n');
