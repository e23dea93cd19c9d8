/**
 * What `npm pack` and `npm publish` do first, in the package's folder: build it, and lay the licence and the notice
 * beside it, for the tarball.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { name } = JSON.parse(readFileSync('package.json', 'utf8'));
// Called from a task of Nx, the build is a run of its own. What it needs has been generated then, and others read it: it
// would be taken away for a moment, and laid there again.
const needs = process.env.NX_TASK_TARGET_PROJECT === undefined ? [] : ['--exclude-task-dependencies'];
const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('NX_')));
// the target `web` is the applier's page; other packages have none
const run = ['nx', 'run-many', '-t', 'build', 'web', '-p', name, '--output-style=static', ...needs];
execFileSync('npx', run, {
  cwd: root,
  env: { ...env, NX_DAEMON: 'false' },
  stdio: ['ignore', 2, 2],
});
for (const file of ['LICENSE', 'NOTICE']) copyFileSync(join(root, file), file);
