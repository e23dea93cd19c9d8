import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { SparseDiff } from '@diffprune/sparse-diff';
import { jest } from '@jest/globals';
import { answer, applyDiff, classify, DeviceLostError, loadBase, type Base } from './node.ts';
import type { RunOptions } from './predictors.ts';
import { ResidentRunner } from './resident/resident-runner.ts';
import { makeDiff, withOperation, writeBase } from './tiny-model.fixture.ts';

const texts = ['the film was very good', 'soup', 'he left the dull film . the soup is not bad', 'great'];
const questions = [
  { question: 'was he good', context: 'he was very good . the soup was dull and the film is great .' },
  { question: 'the soup', context: 'bad' },
];
const adapters = { kind: 'houlsby', bottleneck: 6, nonLinearity: 'gelu' } as const;

let folder: string;
beforeAll(async () => {
  folder = await writeBase();
});

/** All numbers that a base answers with a diff on it. */
async function numbers(base: Base, diff: SparseDiff): Promise<number[]> {
  const model = await applyDiff(base, diff);
  try {
    if (diff.manifest.head === 'span') {
      const found = await answer(model, questions);
      return found.flatMap((best) =>
        [best, ...best.alternatives].flatMap(({ start, end, probability }) => [start, end, probability]),
      );
    }
    const answers = [await classify(model, texts), await classify(model, texts.slice(0, 1))].flat();
    return answers.flatMap(({ score, probabilities }) =>
      probabilities ? [...probabilities.values()] : [score!],
    );
  } finally {
    model.revert();
  }
}

it.each([1, 2])(
  'kernels of our own answer as ONNX Runtime does, from task to task, on %d threads',
  async (threads) => {
    const reference = await loadBase(folder, { engine: 'cpu', threads: 1 });
    const base = await loadBase(folder, { engine: 'resident', threads });
    expect(await reference.predictors.runtime()).toBe('ONNX Runtime');
    expect(await base.predictors.runtime()).toMatch(
      threads === 1 ? /^WebAssembly, 1 thread, (relaxed )?SIMD$/ : /^WebAssembly, 2 threads, /,
    );
    const diffs = [
      await makeDiff(),
      await makeDiff({ task: 'other' }, undefined, 4),
      await withOperation('set'),
      await withOperation('zero'),
      await withOperation('replace-sparse'),
      await withOperation('replace-dense'),
      await makeDiff({ adapters }),
      await makeDiff({ adapters: { ...adapters, bottleneck: 4 } }, undefined, 5),
      await makeDiff({ head: 'regression' }, { kind: 'regression' }),
      await makeDiff({ head: 'span', hyperparameters: { maxLength: 16, docStride: 4 } }, { kind: 'span' }),
      await makeDiff({ labels: ['a', 'b', 'c'] }, { kind: 'classification', labels: 3 }),
    ];
    for (const diff of [...diffs, ...diffs.toReversed()]) {
      const [found, expected] = [await numbers(base, diff), await numbers(reference, diff)];
      expect(found).toHaveLength(expected.length);
      expect(Math.max(...found.map((number, i) => Math.abs(number - expected[i]!)))).toBeLessThan(1e-5);
    }
    await base.predictors.dispose();
    const again = await numbers(base, diffs[0]!); // on kernels that are there anew
    expect(again[0]).toBeCloseTo((await numbers(reference, diffs[0]!))[0]!, 5);
    await Promise.all([base.predictors.dispose(), reference.predictors.dispose()]);
  },
);

it('tells how many rows are done, batch by batch', async () => {
  for (const engine of ['cpu', 'resident']) {
    const base = await loadBase(folder, { engine, threads: 1 });
    const model = await applyDiff(base, await makeDiff());
    const onRows = jest.fn();
    await model.predict(
      texts.map((textA, i) => ({ index: String(i), textA })),
      3,
      onRows,
    );
    expect(onRows.mock.calls).toEqual([
      [3, 4],
      [4, 4],
    ]);
    await base.predictors.dispose();
  }
});

it('runs on the engine that is named, or says why not', async () => {
  const runtime = async (options: RunOptions): Promise<string> => {
    const { predictors } = await loadBase(folder, options);
    return predictors.runtime().finally(() => predictors.dispose());
  };
  expect(await runtime({ engine: 'tfjs-cpu' })).toBe('TensorFlow.js');
  await expect(runtime({ engine: 'gpu' })).rejects.toThrow("there is no engine 'gpu'");
  await expect(runtime({ engine: 'resident', threads: 0.5 })).rejects.toThrow(
    '0.5 threads, expected a whole',
  );
});

it('begins anew after a GPU was lost, with what was applied', async () => {
  const base = await loadBase(folder, { engine: 'resident', threads: 1 });
  const diff = await makeDiff();
  const before = await numbers(base, diff);
  const lost = jest.spyOn(ResidentRunner.prototype, 'outputs').mockImplementation(async () => {
    throw new DeviceLostError('a driver failed');
  });
  await expect(numbers(base, diff)).rejects.toThrow('the GPU was lost: a driver failed');
  lost.mockRestore();
  expect(await numbers(base, diff)).toEqual(before);
  await base.predictors.dispose();
});

describe('where no engine is named', () => {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

  /** What a process of its own says, whose imports of ONNX Runtime fail so. */
  async function run(failure: string, options: RunOptions = {}): Promise<string> {
    const hook = `export const resolve = (name, context, next) => {
      if (name === '@diffprune/onnxruntime') throw ${failure};
      return next(name, context);
    };`;
    const url = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
    const script = `
      import { register } from 'node:module';
      if (${failure !== ''}) register(${JSON.stringify(url(hook))});
      const { applyDiff, classify, loadBase } = await import(${JSON.stringify(new URL('node.ts', import.meta.url))});
      const { makeDiff } = await import(${JSON.stringify(new URL('tiny-model.fixture.ts', import.meta.url))});
      const base = await loadBase(${JSON.stringify(folder)}, ${JSON.stringify(options)});
      try {
        const { probabilities } = await classify(await applyDiff(base, await makeDiff()), 'a great film');
        console.log(await base.predictors.runtime(), probabilities.get('good').toFixed(4));
      } catch ({ message }) {
        console.log(message);
      }
    `;
    const node = ['--conditions=@diffprune/source', '--import', tsx, '--input-type=module', '-e', script];
    const env = { ...process.env, NODE_OPTIONS: '' };
    return (await promisify(execFile)(process.execPath, node, { env })).stdout.trim();
  }
  const absent =
    `Object.assign(new Error("Cannot find package '@diffprune/onnxruntime' imported from here"), ` +
    `{ code: 'ERR_MODULE_NOT_FOUND' })`;

  it('it is ONNX Runtime, or kernels of our own where that is not installed', async () => {
    const [here, without] = await Promise.all([run(''), run(absent)]);
    expect(here).toMatch(/^ONNX Runtime 0\.\d{4}$/);
    expect(without).toMatch(/^WebAssembly, \d threads?, (relaxed )?SIMD 0\.\d{4}$/);
    expect(without.slice(-6)).toBe(here.slice(-6));
  });

  it('an installed ONNX Runtime that fails is an error, and so is a named one that is absent', async () => {
    const [broken, named] = await Promise.all([run(`new Error('no glibc')`), run(absent, { engine: 'cpu' })]);
    expect(broken).toBe(
      "@diffprune/onnxruntime does not load (no glibc). In Node, install it with 'npm install " +
        "@diffprune/onnxruntime'; in a browser, use the engine 'wasm' or 'webgpu'. Or name the engine 'resident', " +
        'which does without it',
    );
    expect(named).toContain('@diffprune/onnxruntime does not load (Cannot find package');
  });
});
