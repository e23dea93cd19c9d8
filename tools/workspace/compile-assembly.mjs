/** Compiles a package's AssemblyScript into modules that ship in its JavaScript, as base64. */
import asc from 'assemblyscript/asc';
import { Buffer } from 'node:buffer';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const workspace = fileURLToPath(new URL('../..', import.meta.url));

const shared = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65535'];
const relaxed = ['--enable', 'relaxed-simd'];

/** What differs: whether the memory belongs to several threads, and whether the runtime has relaxed SIMD. */
const variants = { plain: [], shared, plainRelaxed: relaxed, sharedRelaxed: [...shared, ...relaxed] };

/**
 * @param {string} entry path of a file, from the workspace
 * @param {string[]} options
 * @param {(new () => object)[]} transforms passes of the compiler
 */
async function compile(entry, options, transforms) {
  /** @type {Uint8Array | undefined} */
  let binary;
  const { error, stderr } = await asc.main(
    [
      entry,
      ...['--baseDir', workspace, '--outFile', 'kernels.wasm', '--runtime', 'stub', '--use', 'abort='],
      ...['-O3', '--noAssert', '--converge', '--enable', 'simd', '--importMemory', '--noExportMemory'],
      ...options,
    ],
    { writeFile: (_name, contents) => void (binary = contents), transforms },
  );
  if (error || binary === undefined) {
    throw new Error(`${entry} does not compile: ${stderr.toString()}`, { cause: error });
  }
  return Buffer.from(binary).toString('base64');
}

/**
 * The modules of all variants.
 *
 * @param {string} entry path of a file, from the workspace
 * @param {(new () => object)[]} transforms passes of the compiler
 */
export async function compileAssembly(entry, transforms = []) {
  /** @type {Record<string, string>} */
  const modules = {};
  for (const [name, options] of Object.entries(variants)) {
    modules[name] = await compile(entry, options, transforms);
  }
  return modules;
}

/**
 * Writes a file of its own, though the one before may be linked to from elsewhere.
 *
 * @param {string} file
 * @param {string} text
 */
export function writeGenerated(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  writeFileSync(file, text);
}
