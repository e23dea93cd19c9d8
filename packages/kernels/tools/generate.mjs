/**
 * Compiles assembly/ and writes src/generated/kernels-wasm.ts: the module as a base64 string, so that it ships
 * inside the package's JavaScript and loads the same way in Node and in browsers.
 */
import asc from 'assemblyscript/asc';
import { Buffer } from 'node:buffer';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** @type {Uint8Array | undefined} */
let binary;
const { error, stderr } = await asc.main(
  [
    'assembly/index.ts',
    ...['--baseDir', root, '--outFile', 'kernels.wasm'],
    ...['-O3', '--noAssert', '--converge', '--enable', 'simd', '--runtime', 'stub'],
    ...['--importMemory', '--noExportMemory', '--use', 'abort='],
  ],
  { writeFile: (_name, contents) => void (binary = contents) },
);
if (error || binary === undefined) {
  throw new Error(`assembly/ does not compile: ${stderr.toString()}`, { cause: error });
}
mkdirSync(`${root}/src/generated`, { recursive: true });
writeFileSync(
  `${root}/src/generated/kernels-wasm.ts`,
  `/** The compiled kernels (${binary.length} bytes), base64. */\nexport const kernelsWasm: string =\n  '${Buffer.from(binary).toString('base64')}';\n`,
);
