/**
 * Lays the ES modules of @tensorflow/tfjs-core, and their declarations, into generated/: what its entry reaches, without
 * tests, bundles and source maps, which are nine tenths of it. Imports get the ending that Node wants, and what the
 * modules ask of Node they get without `require`, so that a bundler of a page finds nothing to warn of. For Node they are
 * one file, node.js, which loads in less time.
 */
import { build } from 'esbuild';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const published = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core'));
const generated = fileURLToPath(new URL('../generated', import.meta.url));

/**
 * In place of the entry: what bundles of somebody's own are told to have, without what reads optimisers from files.
 * https://www.tensorflow.org/js/tutorials/deployment/size_optimized_bundles
 */
const entry = "import './base_side_effects';\nexport * from './base';\n";

/** What is other than published, by file: a text, or all from it on, and what stands for it. */
const changed = {
  'platforms/platform_node.js': [
    ["require('util')", "process.getBuiltinModule('util')"],
    ["require('node-fetch')", 'undefined'], // what Node had before it had fetch
    ["if (env().get('IS_NODE')", "if (env().platform == null && env().get('IS_NODE')"],
  ],
  'platforms/platform_browser.js': [
    ["if (env().get('IS_BROWSER'))", "if (env().platform == null && env().get('IS_BROWSER'))"],
    [/ {4}\/\/ Register LocalStorage IOHandler[^]*$/, '}\n'], // no places to store models in
  ],
  // another copy in the process, such as that of @tensorflow/tfjs, sets the same platform: no reason for a warning
  'environment.js': [
    ['if (this.platform != null)', 'if (this.platform != null && this.platformName !== platformName)'],
  ],
  'io/io.js': [["import './indexed_db';\nimport './local_storage';\n", '']], // they register themselves
  'util.js': [["export * from './hash_util';", '']], // string kernels' 64-bit hashes, which need the package long
  'util.d.ts': [["export * from './hash_util';", '']],
};

const specifiers = /(from |import |import\()(['"])(\.{1,2}\/[^'"]+|@tensorflow\/tfjs-core\/dist\/[^'"]+)\2/g;

/** A file of the package: its text, and the files of the same ending that it imports. */
function convert(file) {
  const ending = file.endsWith('.d.ts') ? '.d.ts' : '.js';
  let text =
    file === 'index.js' || file === 'index.d.ts' ? entry : readFileSync(join(published, file), 'utf8');
  for (const [from, to] of changed[file] ?? []) {
    const before = text;
    text = text.replace(from, to);
    if (text === before) throw new Error(`${file} has no ${from}`);
  }
  const imported = [];
  text = text.replace(/\n\/\/# sourceMappingURL=.*/g, '');
  text = text.replaceAll('"@webgpu/types/dist"', '"@webgpu/types"'); // ES modules import no folders
  text = text.replace(specifiers, (_, before, quote, to) => {
    const path = to.startsWith('.')
      ? posix.join(dirname(file), to)
      : to.slice('@tensorflow/tfjs-core/dist/'.length);
    imported.push(path + ending);
    const relative = posix.relative(dirname(file), path);
    return `${before}${quote}${relative.startsWith('.') ? '' : './'}${relative}.js${quote}`;
  });
  return { text, imported };
}

const unfinished = `${generated}-${process.pid}`;
const files = new Set(['index.js', 'index.d.ts']);
for (const file of files) {
  const { text, imported } = convert(file);
  for (const path of imported) files.add(path);
  mkdirSync(dirname(join(unfinished, file)), { recursive: true });
  writeFileSync(join(unfinished, file), text);
}
rmSync(generated, { recursive: true, force: true });
renameSync(unfinished, generated);
await build({
  entryPoints: [join(generated, 'index.js')],
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'es2022',
  outfile: join(generated, 'node.js'),
});
