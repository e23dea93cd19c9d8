/**
 * Lays what onnxruntime-node publishes into generated/, byte for byte: its JavaScript and its libraries, but not its
 * install step, nor DirectML, which no engine asks for, nor CUDA's libraries where that step has run. Hard links where
 * the file system has them. Each file is replaced at once, for a program may be about to load it.
 */
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const published = dirname(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')));
const generated = fileURLToPath(new URL('../generated', import.meta.url));

/** Paths of the files in a folder. */
const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(folder, file), { throwIfNoEntry: false })?.isFile(),
  );

/** Begins the names of files that are being written, by this process or another. */
const unfinished = '.unfinished-';

/** Writes a file by `write(path)`, whole or not at all. */
function place(file, write) {
  const path = join(generated, file);
  const temporary = join(dirname(path), `${unfinished}${process.pid}-${basename(path)}`);
  mkdirSync(dirname(path), { recursive: true });
  rmSync(temporary, { force: true });
  write(temporary);
  renameSync(temporary, path);
}

function linkOrCopy(from, to) {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

const wanted = /^bin.*\.(node|dll|dylib|so[.\d]*)$|^dist.*\.(js|d\.ts)$/;
const files = filesIn(published).filter((file) => wanted.test(file) && !/DirectML|_providers_/.test(file));
for (const file of files) {
  const from = join(published, file);
  const there = statSync(join(generated, file), { throwIfNoEntry: false });
  if (there?.ino !== statSync(from).ino) place(file, (path) => linkOrCopy(from, path));
}
place('package.json', (path) => writeFileSync(path, '{ "type": "commonjs" }\n'));
const kept = new Set([...files, 'package.json']);
for (const file of filesIn(generated)) {
  if (!kept.has(file) && !basename(file).startsWith(unfinished))
    rmSync(join(generated, file), { force: true });
}
