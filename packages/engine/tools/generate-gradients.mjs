/**
 * Bundles TensorFlow.js's own gradients into src/generated/gradients.js. @tensorflow/tfjs-core has them, but neither
 * its entry for Node nor any other registers or exports them; only the whole of @tensorflow/tfjs does. What they use of
 * the core is bundled too and works on the one engine of the process, which TensorFlow.js keeps in a global.
 */
import { build } from 'esbuild';
import { readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const core = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core'));
const generated = fileURLToPath(new URL('../src/generated', import.meta.url));
const files = readdirSync(`${core}/gradients`).filter((file) => file.endsWith('_grad.js'));

/** Its flags, platforms and file readers are registered by the core itself. */
const withoutSideEffects = {
  name: 'without side effects',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^\./ }, async ({ path, pluginData, ...from }) =>
      pluginData === 'resolved'
        ? undefined
        : { path: (await resolve(path, { ...from, pluginData: 'resolved' })).path, sideEffects: false },
    );
  },
};

await build({
  stdin: {
    contents: [
      ...files.map((file, i) => `import * as file${i} from './gradients/${file}';`),
      `export const gradients = [${files.map((_, i) => `...Object.values(file${i})`)}];`,
    ].join('\n'),
    resolveDir: core,
  },
  bundle: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'none',
  banner: { js: '/*! Of @tensorflow/tfjs-core, Copyright Google LLC, Apache License 2.0 */' },
  plugins: [withoutSideEffects],
  outfile: `${generated}/gradients.js`,
});
writeFileSync(
  `${generated}/gradients.d.ts`,
  "import type { GradConfig } from '@diffprune/tfjs-core';\nexport declare const gradients: readonly GradConfig[];\n",
);

/*
 * The names of TensorFlow.js's kernels: the core exports each as a constant of that name. Without `FromPixels`,
 * TensorFlow.js reads pixels itself. A list of them spares a page the rest of the core.
 */
const everything = await import('@tensorflow/tfjs-core');
const names = Object.keys(everything).filter(
  (name) => everything[name] === name && name !== everything.FromPixels,
);
writeFileSync(
  `${generated}/kernel-names.ts`,
  `/** The names of TensorFlow.js's kernels. */\nexport const kernelNames = ${JSON.stringify(names)};\n`,
);
