import type { Features } from '@diffprune/glue';
import { encodeExamples } from '@diffprune/glue';
import { jest } from '@jest/globals';
import { applyDiff, loadBase, readBase } from '../node.ts';
import { makeDiff, writeBase } from '../tiny-model.fixture.ts';
import { ResidentRunner } from './resident-runner.ts';

it('writes what changed, before the next prediction, and nothing else', async () => {
  const folder = await writeBase();
  const base = await loadBase(folder);
  const { tokenizer } = await readBase(folder);
  const example = { index: '0', textA: 'the film' };
  const features: Features = encodeExamples([example], tokenizer, 16, 'single_label_classification');
  const runner = await ResidentRunner.create({ threads: 1 });
  const write = jest.spyOn(runner.engine.weights, 'write');
  const changed = new Set<string>();
  jest.spyOn(base.predictors, 'changed').mockImplementation((names) => {
    for (const name of names) changed.add(name);
  });

  const diff = await makeDiff();
  const tensors = diff.tensors.filter(({ name }, i) => i === 3 || name.startsWith('classifier'));
  const model = await applyDiff(base, { ...diff, tensors });
  const run = { model, tensors: base.tensors, features, batchSize: 1 };
  const written = async (): Promise<string[]> => {
    write.mockClear();
    await runner.outputs(run, changed);
    expect(changed.size).toBe(0);
    return write.mock.calls.map(([name]) => name);
  };
  expect(await written()).toHaveLength(base.tensors.size);
  expect(await written()).toEqual([]);
  model.revert();
  await applyDiff(base, { ...diff, tensors });
  expect(await written()).toEqual([tensors[0]!.name, 'classifier.weight [2, 16]', 'classifier.bias [2]']);
  await runner.dispose();
});
