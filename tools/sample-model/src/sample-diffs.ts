/**
 * Trains the sample diffs, one for each sample task, and puts them where `@diffprune/samples` has them. The same machine
 * makes the same bytes again:
 *
 *     npx tsx --conditions=@diffprune/source tools/sample-model/src/sample-diffs.ts
 */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sampleTasks, writeTask } from '@diffprune/samples';
import { sampleDiffs } from '@diffprune/samples/node';
import { trainRows } from './sample-rows.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const options = [
  '--max-length',
  '64',
  '--epochs',
  '6',
  '--fixed-mask-epochs',
  '6',
  '--values',
  'fp16',
  '--threads',
  '1',
];

/** @throws Error if the trainer does not end with exit code 0 */
async function train(...args: readonly string[]): Promise<void> {
  const child = spawn('npm', ['run', '--silent', 'trainer', '--', 'train', ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) throw new Error(`the trainer ended with exit code ${code}`);
}

const folder = await mkdtemp(join(tmpdir(), 'sample-diffs-'));
for (const { name } of sampleTasks) {
  const [data, run] = [join(folder, 'data', name), join(folder, name)];
  await writeTask(data, name, { trainRows });
  await train('--task', name, '--data', data, '--out', run, ...options);
  await mkdir(dirname(sampleDiffs[name]), { recursive: true });
  await copyFile(join(run, `${name}.sdiff`), sampleDiffs[name]);
}
await rm(folder, { recursive: true });
