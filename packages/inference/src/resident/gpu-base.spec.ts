import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeDiff, type SparseDiff } from '@diffprune/sparse-diff';
import { describeGpu } from '@diffprune/testing/gpu-page';
import { readBase } from '../read-base.ts';
import { classification, makeDiff, writeBase } from '../tiny-model.fixture.ts';
import type { answers, Given, lose, overfill } from './gpu-base.fixture.ts';
import { ResidentBase } from './resident-base.ts';

type Result<Call extends (...given: never[]) => unknown> = Awaited<ReturnType<Call>>;

const texts = ['the film was very good', 'soup', 'he left the dull film . the soup is not bad'];

describeGpu('a base on WebGPU', new URL('./gpu-base.fixture.ts', import.meta.url), (page) => {
  const diffs: Record<string, SparseDiff> = {};
  let given: Given;
  let folder: string;
  beforeAll(async () => {
    folder = await writeBase();
    const adapters = { kind: 'houlsby', bottleneck: 6, nonLinearity: 'gelu' } as const;
    diffs['a'] = await makeDiff();
    diffs['b'] = await makeDiff({ task: 'other' }, classification, 4);
    diffs['adapted'] = await makeDiff({ adapters });
    const pruned = diffs['a'].tensors.map((tensor) =>
      tensor.operation === 'add' ? { ...tensor, operation: 'replace-sparse' as const } : tensor,
    );
    diffs['pruned'] = { ...diffs['a'], tensors: pruned };
    const files: Record<string, number[]> = {};
    for (const name of await readdir(folder)) files[name] = [...(await readFile(join(folder, name)))];
    const encoded = Object.entries(diffs).map(([name, diff]) => [name, [...encodeDiff(diff).bytes]]);
    given = { files, diffs: Object.fromEntries(encoded) as Record<string, number[]>, texts };
  });

  it('answers as on WebAssembly; a thousand switches leave every bit as it was', async () => {
    const { runtime, found, again, isAsBefore } = await page.call<Result<typeof answers>>(
      'answers',
      given,
      1000,
    );
    expect(runtime).toMatch(/^WebGPU, .*swiftshader/i);
    const base = await ResidentBase.create(await readBase(folder));
    for (const [name, diff] of Object.entries(diffs)) {
      const task = await base.add(diff, name);
      const expected = await task.classify(texts);
      expected.forEach(({ probabilities }, i) => {
        for (const [label, p] of found[name]![i]!) expect(p).toBeCloseTo(probabilities!.get(label)!, 5);
      });
    }
    base.dispose();
    expect(again).toEqual(found);
    expect(isAsBefore).toBe(true);
  }, 60_000);

  it('that loses its device says so to all that wait and ask, and another can be made', async () => {
    const { name, message, before, during, later, anew } = await page.call<Result<typeof lose>>(
      'lose',
      given,
    );
    expect(name).toBe('DeviceLostError');
    expect(message).toContain("load the base anew, on it or with runtime: 'wasm'");
    expect(during.length).toBe(Object.keys(diffs).length * texts.length);
    expect([...new Set([...during, ...later])]).toEqual(['DeviceLostError']);
    expect(anew[0]).toEqual(before);
    for (const [task, answers] of Object.entries(anew[1]!)) {
      answers.forEach((answer, i) =>
        answer.forEach(([label, p], j) => {
          expect(before[task]![i]![j]![0]).toBe(label);
          expect(before[task]![i]![j]![1]).toBeCloseTo(p, 5);
        }),
      );
    }
  }, 60_000);

  it('that has no room for a task says what to do, and is what it was', async () => {
    const { name, message, before, after, isGivenBack, tasks } = await page.call<Result<typeof overfill>>(
      'overfill',
      given,
    );
    expect(name).toBe('OutOfMemoryError');
    expect(message).toMatch(/^the GPU has no room for .* MB more .* remove tasks, .* or use runtime 'wasm'/);
    expect(after).toEqual(before);
    expect(isGivenBack).toBe(true);
    expect(tasks).toEqual(['a', 'b']);
  }, 60_000);
});
