import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { loadTeacherOutputs, saveTeacherOutputs } from './teacher-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'teacher-'));
});
afterAll(() => rm(folder, { recursive: true }));

const outputs = { logits: [Float32Array.of(1, -2.5), Float32Array.of(0.1, 3e-9)] };

it('gives back what was written, rows of any length included', async () => {
  const path = join(folder, 'any.safetensors');
  const row = fc.float32Array({ maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(row), fc.array(row), fc.string(), async (starts, ends, source) => {
      const given = { start_logits: starts, end_logits: ends };
      await saveTeacherOutputs(path, given, source);
      expect(await loadTeacherOutputs(path, source)).toEqual(given);
      expect(await loadTeacherOutputs(path, `${source}x`)).toBeUndefined();
    }),
    { numRuns: 30 },
  );
});

it('does not take what is missing, of another source, damaged or no such file', async () => {
  const path = join(folder, 'teacher.safetensors');
  expect(await loadTeacherOutputs(path, 'a')).toBeUndefined();
  await saveTeacherOutputs(path, outputs, 'a');
  expect(await loadTeacherOutputs(path, 'a')).toEqual(outputs);
  expect(await loadTeacherOutputs(path, 'b')).toBeUndefined();
  const whole = await readFile(path);
  for (let bit = 0; bit < 8 * whole.length; bit += 13) {
    const changed = Buffer.from(whole);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    await writeFile(path, changed);
    const found = await loadTeacherOutputs(path, 'a');
    // white space of the header may change without a loss
    if (found !== undefined) expect(found).toEqual(outputs);
  }
  await writeFile(path, whole.subarray(0, -1));
  expect(await loadTeacherOutputs(path, 'a')).toBeUndefined();
  await writeFile(path, 'no tensors');
  expect(await loadTeacherOutputs(path, 'a')).toBeUndefined();
  expect((await readdir(folder)).sort()).toEqual(['any.safetensors', 'teacher.safetensors']);
});
