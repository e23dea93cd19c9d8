import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTask } from './files.ts';
import { generateTask } from './generate.ts';

it('writeTask writes what generateTask makes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'samples-'));
  try {
    await writeTask(join(folder, 'Opinion'), 'opinion', { seed: 4 });
    const { train, dev } = generateTask('opinion', { seed: 4 });
    expect(await readFile(join(folder, 'Opinion/train.tsv'), 'utf8')).toBe(train);
    expect(await readFile(join(folder, 'Opinion/dev.tsv'), 'utf8')).toBe(dev);
  } finally {
    await rm(folder, { recursive: true });
  }
});
