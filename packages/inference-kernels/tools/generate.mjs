/** Compiles assembly/ and writes src/generated/: the modules as base64 strings, so that they ship in the JavaScript. */
import { fileURLToPath } from 'node:url';
import { compileAssembly, writeGenerated } from '../../../tools/workspace/compile-assembly.mjs';
import { tiles } from './tiles.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

writeGenerated(`${root}/assembly/generated/tiles.ts`, tiles);
const modules = await compileAssembly('packages/inference-kernels/assembly/index.ts');
for (const [variant, code] of Object.entries(modules)) {
  writeGenerated(
    `${root}/src/generated/wasm/${variant}.ts`,
    `/** The compiled kernels, base64. */\nexport const code = ${JSON.stringify(code)};\n`,
  );
}
