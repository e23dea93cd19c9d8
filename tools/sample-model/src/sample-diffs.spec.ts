import { readFile, stat } from 'node:fs/promises';
import { readExamples, textTask } from '@diffprune/glue';
import { readBase, ResidentBase } from '@diffprune/inference/node';
import { generateTask, sampleTasks } from '@diffprune/samples';
import { sampleDiffs, sampleModelFolder } from '@diffprune/samples/node';
import { inspectDiff } from '@diffprune/sparse-diff';
import { trainRows } from './sample-rows.ts';

/** Rows of the README's table of the sample diffs, by task. */
async function promised(): Promise<Map<string, readonly string[]>> {
  const readme = await readFile(new URL('../../../packages/samples/README.md', import.meta.url), 'utf8');
  const rows = readme.matchAll(/^\| `(\w+)\.sdiff` +\| (.*) \|$/gm);
  return new Map(
    Array.from(rows, ([, name, cells]) => [name!, cells!.split('|').map((cell) => cell.trim())]),
  );
}

describe('the sample diffs', () => {
  let base: ResidentBase;
  beforeAll(async () => void (base = await ResidentBase.create(await readBase(sampleModelFolder()))));
  afterAll(() => base.dispose());

  it.each(sampleTasks)('$name scores and weighs what the README says', async (task) => {
    const path = sampleDiffs[task.name];
    const diff = await readFile(path);
    await base.add(diff);
    const { dev } = generateTask(task.name, { trainRows });
    const { examples } = readExamples(Buffer.from(dev), 'dev.tsv', task, 'dev');
    const predictions = await base.task(task.name).predict(examples);
    const { scores } = textTask(task).score(predictions, examples);
    const { size } = await stat(path);
    const said = (await promised()).get(task.name);
    expect([
      Object.values(scores)
        .map((score) => score.toFixed(3))
        .join(' and '),
      `${(size / 1000).toFixed(1)} kB`,
    ]).toEqual(said);
    const { manifest } = inspectDiff(diff);
    expect(manifest).toMatchObject({
      method: 'structured-diff-pruning',
      hyperparameters: { seed: 42, epochs: 6 },
    });
    expect(Math.floor(0.005 * manifest.base.parameters)).toBe(
      Math.round(manifest.density * manifest.base.parameters),
    );
  });
});
