import { existsSync, readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

const { dependencies = {} } = JSON.parse(readFileSync('package.json', 'utf8'));

// The declarations of tfjs-core use a global type of @types/long, which TypeScript knows without being told only where
// a project does not list its "types".
const banner = '@types/long' in dependencies ? { banner: '/// <reference types="long" />' } : {};

export default defineConfig({
  entry: ['src/index.ts', 'src/main.ts', 'src/node.ts', 'src/onnx.ts'].filter((file) => existsSync(file)),
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  dts: { ...banner, compilerOptions: { composite: false, incremental: false, emitDeclarationOnly: false } },
  sourcemap: true,
  clean: ['dist/*.js', 'dist/*.map', 'dist/*.d.ts'],
});
