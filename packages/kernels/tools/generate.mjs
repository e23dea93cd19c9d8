/**
 * Compiles assembly/ and writes src/generated/kernels-wasm.ts: the modules as base64 strings, so that they ship
 * inside the package's JavaScript and load the same way in Node and in browsers.
 */
import asc from 'assemblyscript/asc';
import { Buffer } from 'node:buffer';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string[]} options on the memory and on what the runtime has */
async function compile(options) {
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
        ...options,
      ],
    ],
    { writeFile: (_name, contents) => void (binary = contents) },
  );
  if (error || binary === undefined) {
    throw new Error(`assembly/ does not compile: ${stderr.toString()}`, { cause: error });
  }
  return `'${Buffer.from(binary).toString('base64')}'`;
}

const shared = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65535'];
const relaxed = ['--enable', 'relaxed-simd'];
/** @type {Record<string, string[]>} */
const variants = { plain: [], shared, plainRelaxed: relaxed, sharedRelaxed: [...shared, ...relaxed] };
const modules = await Promise.all(
  Object.entries(variants).map(async ([name, options]) => `${name}: ${await compile(options)}`),
);
mkdirSync(`${root}/src/generated`, { recursive: true });
writeFileSync(
  `${root}/src/generated/kernels-wasm.ts`,
  `/**
 * The compiled kernels, base64: for a memory of one thread's own and for a shared one, without and with relaxed SIMD.
 */
export const kernelsWasm = { ${modules.join(', ')} } as const;
`,
);
