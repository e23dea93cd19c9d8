/**
 * The workspace's own Nx plugin: every folder with a package.json gets the same targets, so that no package
 * repeats them. What differs is read off the folder: a `generate` script, an entry to build, a web page, spec files.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const workspace = 'tools/workspace';

/** @param {string} folder */
function hasSpecs(folder) {
  return (
    existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => name.endsWith('.spec.ts'))
  );
}

/**
 * @param {string} root project folder, relative to the workspace
 * @param {string} workspaceRoot
 */
function targets(root, workspaceRoot) {
  const folder = join(workspaceRoot, root);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const up = root
    .split('/')
    .map(() => '..')
    .join('/');
  const cwd = { cwd: '{projectRoot}' };
  const dependsOn = ['generate', '^generate'];
  const inputs = ['default', '^production'];
  /** @type {Record<string, object>} */
  const found = {
    lint: {
      command: `eslint --config ${workspace}/eslint.config.mjs --max-warnings 0 ${root}`,
      cache: true,
      inputs,
      dependsOn,
    },
  };
  if (manifest.scripts?.generate) {
    found.generate = {
      command: 'npm run --silent generate',
      options: cwd,
      cache: true,
      inputs: ['production'],
      outputs: ['{projectRoot}/src/generated'],
    };
  }
  if (existsSync(join(folder, 'tsconfig.json'))) {
    found.typecheck = {
      command: 'tsc --build',
      options: cwd,
      cache: true,
      inputs,
      outputs: ['{projectRoot}/dist/types'],
      dependsOn: [...dependsOn, '^typecheck'],
    };
  }
  if (manifest.files?.includes('dist')) {
    found.build = {
      command: `tsup --config ${up}/${workspace}/tsup.config.mjs`,
      options: cwd,
      cache: true,
      inputs: ['production', '^production'],
      outputs: ['{projectRoot}/dist'],
      dependsOn,
    };
  }
  if (existsSync(join(folder, 'web/build/main.ts'))) {
    found.web = {
      command: 'tsx --conditions=@diffprune/source web/build/main.ts',
      options: cwd,
      cache: true,
      inputs: ['production', '^production'],
      outputs: ['{projectRoot}/web/dist'],
      dependsOn,
    };
  }
  if (hasSpecs(join(folder, 'src'))) {
    found.test = {
      command: `jest --config ${up}/${workspace}/jest.config.mjs --rootDir .`,
      options: { ...cwd, env: { NODE_OPTIONS: '--experimental-vm-modules --no-warnings' } },
      cache: true,
      // What passes on one version of Node, or without the shared data, says nothing of another, or with it.
      inputs: [...inputs, { runtime: 'node --version' }, { env: 'DIFFPRUNE_SHARED' }],
      dependsOn,
    };
  }
  return found;
}

export const createNodesV2 = [
  '{packages,apps,tools}/*/package.json',
  (files, _options, { workspaceRoot }) =>
    files.map((file) => {
      const root = dirname(file);
      return [file, { projects: { [root]: { targets: targets(root, workspaceRoot) } } }];
    }),
];
