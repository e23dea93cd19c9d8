/** Compiles assembly/ and writes src/generated/: the modules as base64 strings, so that they ship in the JavaScript. */
import { fileURLToPath } from 'node:url';
import { compileAssembly, writeGenerated } from '../../../tools/workspace/compile-assembly.mjs';
import { tiles } from './tiles.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

writeGenerated(`${root}/assembly/generated/tiles.ts`, tiles);
const modules = await compileAssembly('packages/inference-kernels/assembly/index.ts');
writeGenerated(
  `${root}/src/generated/kernels-wasm.ts`,
  `/** The compiled kernels, base64: for a memory of one thread's own and for a shared one, without and with relaxed SIMD. */
export const kernelsWasm = ${JSON.stringify(modules)} as const;
`,
);
