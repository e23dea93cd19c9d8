import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildEnd } from './answer-turns.ts';
import { bundleModule } from './bundle-module.ts';
import { Child } from './child.ts';
import type { DiffReady, DiffTimes, DiffWork } from './diff-times.ts';
import { randomDiff } from './random-diff.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diff-times-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('answers in turns from a Node without loaders, with a buffer transferred or not', async () => {
  const bundle = await bundleModule('diff-times.ts', folder);
  const shapes = [{ name: 'weight', shape: [200, 300] }];
  for (const transfer of [false, true]) {
    const child = Child.program(process.execPath, [bundle]);
    child.tell({ shapes, transfer } satisfies DiffWork);
    const ready = await child.answer<DiffReady>();
    expect(ready.entries).toBe(randomDiff(shapes)[0]!.positions.length);
    const times = await child.ask<DiffTimes>();
    expect(Object.keys(times)).toEqual(['encode', 'decode', 'apply', 'revert', 'decodeAndApply']);
    for (const time of [ready.first, ...Object.values(times)]) expect(time).toBeGreaterThan(0);
    expect((await child.end<ChildEnd>()).peakMemory).toBeGreaterThan(2 ** 20);
  }
});
