import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCode } from '@diffprune/command-line';
import { saveSnapshot } from '@diffprune/training';
import { openCheckpoint } from './checkpoint.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('a checkpoint that is damaged is named, with what to do', async () => {
  const path = join(folder, 'state.safetensors');
  expect(await openCheckpoint(path)).toBeUndefined();
  await saveSnapshot(path, {
    stage: 'fixed-mask',
    step: 3,
    arrays: new Map([['w', Float32Array.of(1, 2, 3)]]),
  });
  expect(await openCheckpoint(path)).toMatchObject({ stage: 'fixed-mask', step: 3 });
  const whole = await readFile(path);
  for (const damage of [
    () => truncate(path, whole.length - 5),
    () => truncate(path, 3),
    () => truncate(path, 0),
    () => writeFile(path, 'nothing'),
    () => writeFile(path, Buffer.from(whole).fill('[', 8, 60)),
    () => writeFile(path, whole.toString('latin1').replace('progress', 'progrexx'), 'latin1'),
  ]) {
    await writeFile(path, whole);
    await damage();
    const error: unknown = await openCheckpoint(path).catch((error: unknown) => error);
    expect(String(error)).toContain(path);
    expect(String(error)).toContain(
      'the checkpoint is damaged: delete it, and --resume begins the run again',
    );
    expect(exitCode(error)).toBe(2);
  }
});
