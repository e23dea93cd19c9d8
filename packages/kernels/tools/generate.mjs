/**
 * Compiles assembly/ and writes src/generated/kernels-wasm.ts: the modules as base64 strings, so that they ship
 * inside the package's JavaScript and load the same way in Node and in browsers.
 */
import asc from 'assemblyscript/asc';
import { Buffer } from 'node:buffer';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string[]} memory options on the imported memory */
async function compile(memory) {
  /** @type {Uint8Array | undefined} */
  let binary;
  const { error, stderr } = await asc.main(
    [
      'assembly/index.ts',
      ...['--baseDir', root, '--outFile', 'kernels.wasm', '--runtime', 'stub', '--use', 'abort='],
      ...[
        '-O3',
        '--noAssert',
        '--converge',
        '--enable',
        'simd',
        '--importMemory',
        '--noExportMemory',
        ...memory,
      ],
    ],
    { writeFile: (_name, contents) => void (binary = contents) },
  );
  if (error || binary === undefined) {
    throw new Error(`assembly/ does not compile: ${stderr.toString()}`, { cause: error });
  }
  return `'${Buffer.from(binary).toString('base64')}'`;
}

const plain = await compile([]);
const shared = await compile(['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65535']);
mkdirSync(`${root}/src/generated`, { recursive: true });
writeFileSync(
  `${root}/src/generated/kernels-wasm.ts`,
  `/** The compiled kernels, base64: for a memory of one thread's own, and for a shared one. */
export const kernelsWasm = { plain: ${plain}, shared: ${shared} } as const;
`,
);
