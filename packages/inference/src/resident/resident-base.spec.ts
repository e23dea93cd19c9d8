import { applyDiff, answer, classify, loadBase, type Answer } from '../node.ts';
import { readBase } from '../read-base.ts';
import { makeDiff, withOperation, writeBase } from '../tiny-model.fixture.ts';
import type { SparseDiff } from '@diffprune/sparse-diff';
import { ResidentBase } from './resident-base.ts';

const texts = [
  'the film was very good',
  'soup',
  'he left the dull film . the soup is not bad',
  'a great film',
];

let folder: string;
beforeAll(async () => {
  folder = await writeBase();
});

/** All weights' bits. */
async function bits(base: ResidentBase): Promise<Map<string, Uint32Array>> {
  const all = new Map<string, Uint32Array>();
  for (const name of base.base.tensors.keys()) {
    all.set(name, new Uint32Array((await base.engine.weights.read(name)).buffer));
  }
  return all;
}

const adapters = { kind: 'houlsby', bottleneck: 6, nonLinearity: 'gelu' } as const;

it.each([1, 2])(
  'answers as ONNX Runtime does, task by task, and is what it was, on %d threads',
  async (threads) => {
    const base = await ResidentBase.create(await readBase(folder), { threads });
    const before = await bits(base);
    const diffs: Record<string, SparseDiff> = {
      mine: await makeDiff(),
      other: await makeDiff({ task: 'other' }, undefined, 4),
      set: await withOperation('set'),
      zero: await withOperation('zero'),
      pruned: await withOperation('replace-sparse'),
      whole: await withOperation('replace-dense'),
      adapted: await makeDiff({ adapters }),
      score: await makeDiff({ head: 'regression' }, { kind: 'regression' }),
    };
    for (const [name, diff] of Object.entries(diffs)) await base.add(diff, name);
    expect(base.tasks.map(({ name }) => name)).toEqual(Object.keys(diffs));
    expect(base.task('mine').bytes).toBeGreaterThan(0);

    const reference = await loadBase(folder);
    const expected: Record<string, Answer[]> = {};
    for (const [name, diff] of Object.entries(diffs)) {
      const model = await applyDiff(reference, diff);
      expected[name] = await classify(model, texts);
      model.revert();
    }
    await reference.predictors.dispose();

    const asked = Object.keys(diffs).flatMap((name) => texts.map((text, i) => [name, text, i] as const));
    for (const order of [asked, asked.toReversed()]) {
      const answers = await Promise.all(order.map(([name, text]) => base.task(name).classify(text)));
      order.forEach(([name, , i], at) => {
        const [found, wanted] = [answers[at]!, expected[name]![i]!];
        expect(found.label).toBe(wanted.label);
        if (wanted.score !== undefined) expect(found.score).toBeCloseTo(wanted.score, 5);
        else
          for (const [label, p] of wanted.probabilities)
            expect(found.probabilities!.get(label)).toBeCloseTo(p, 5);
      });
    }
    const { taken } = base.engine.memory;
    await Promise.all(Object.keys(diffs).map((name) => base.remove(name)));
    expect(base.tasks).toEqual([]);
    expect(base.engine.memory.taken).toBeLessThan(taken);
    expect(await bits(base)).toEqual(before);
    base.dispose();
  },
);

it('finds answers, in windows', async () => {
  const diff = await makeDiff(
    { head: 'span', hyperparameters: { maxLength: 16, docStride: 4 } },
    { kind: 'span' },
  );
  const base = await ResidentBase.create(await readBase(folder));
  const task = await base.add(diff);
  const questions = [
    { question: 'was he good', context: 'he was very good . the soup was dull and the film is great .' },
    { question: 'the soup', context: 'bad' },
  ];
  const reference = await loadBase(folder);
  const expected = await answer(await applyDiff(reference, diff), questions);
  await reference.predictors.dispose();
  const found = await Promise.all(questions.map((question) => task.answer(question)));
  expect(found.map(({ text, start }) => ({ text, start }))).toEqual(
    expected.map(({ text, start }) => ({ text, start })),
  );
  base.dispose();
});

it('keeps a base of halves as halves, with the same answers, to the last bit', async () => {
  const read = await readBase(folder);
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, { shape, data }] of read.tensors) {
    const trimmed = data.slice();
    const words = new Uint32Array(trimmed.buffer);
    words.forEach((bits, i) => (words[i] = bits & 0xffff0000)); // as a file of BF16 has them
    tensors.set(name, { shape, data: trimmed });
  }
  const [full, half] = await Promise.all(
    (['full', 'half'] as const).map((weights) => ResidentBase.create({ ...read, tensors }, { weights })),
  );
  const before = await bits(full!);
  expect(await bits(half!)).toEqual(before);
  const size = (base: ResidentBase): number => base.engine.weights.place('bert.pooler.dense.weight').bytes;
  expect(size(half!) - 64).toBe(size(full!) / 2);
  const diffs = [await makeDiff()];
  for (const operation of ['set', 'zero', 'replace-sparse', 'replace-dense'] as const) {
    diffs.push(await withOperation(operation));
  }
  const answers = await Promise.all(
    [full!, half!].map(async (base) => {
      for (const [i, diff] of diffs.entries()) await base.add(diff, String(i));
      const found = await Promise.all(base.tasks.map((task) => task.classify(texts)));
      for (const { name } of base.tasks) await base.remove(name);
      return found;
    }),
  );
  expect(answers[1]).toEqual(answers[0]);
  const good = answers[1]!.map((found) => found[0]!.probabilities!.get('good'));
  expect(new Set(good).size).toBe(diffs.length);
  for (const base of [full!, half!]) {
    expect(await bits(base)).toEqual(before);
    base.dispose();
  }
});

it('a thousand switches leave every bit as it was', async () => {
  const base = await ResidentBase.create(await readBase(folder));
  const before = await bits(base);
  await base.add(await makeDiff(), 'a');
  await base.add(await withOperation('replace-sparse'), 'b');
  expect([base.task('a').switchTime, base.task('b').switchTime]).toEqual([undefined, undefined]);
  const first = [await base.task('a').classify(texts[0]!), await base.task('b').classify(texts[0]!)];
  for (const { switchTime } of base.tasks) expect(switchTime).toBeGreaterThan(0);
  for (let i = 0; i < 500; i++) {
    expect(
      await Promise.all([base.task('a').classify(texts[0]!), base.task('b').classify(texts[0]!)]),
    ).toEqual(first);
  }
  await base.remove('a');
  await base.remove('b');
  expect(await bits(base)).toEqual(before);
  base.dispose();
});

describe('a base with two tasks', () => {
  let base: ResidentBase;
  beforeAll(async () => {
    base = await ResidentBase.create(await readBase(folder));
    await base.add(await makeDiff(), 'a');
    await base.add(await makeDiff({ texts: 2 }, undefined, 5), 'pairs');
  });
  afterAll(() => base.dispose());

  it('names what it has', () => {
    expect(() => base.task('c')).toThrow('there is no task "c"; there are a, pairs');
  });

  it('refuses what a task does not take, and answers the others', async () => {
    const asked = [
      base.task('pairs').classify('the film'),
      base.task('pairs').classify({ textA: 'the film', textB: 'was good' }),
      base.task('a').classify('the film'),
      base.task('a').answer({ question: 'he', context: 'left' }),
    ];
    const [one, two, three, four] = await Promise.allSettled(asked);
    expect(one).toMatchObject({ status: 'rejected', reason: { name: 'InferenceError' } });
    expect([two!.status, three!.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(four).toMatchObject({ status: 'rejected', reason: { name: 'InferenceError' } });
  });

  it('does not answer who lost interest in time', async () => {
    const controller = new AbortController();
    const late = base.task('a').classify('the film', { signal: controller.signal });
    controller.abort();
    await expect(late).rejects.toThrow('abort');
    expect(await base.task('a').classify('the film', { signal: new AbortController().signal })).toBeDefined();
  });

  it('replaces a task, and answers what was asked of the one before by that', async () => {
    const before = base.task('a');
    const asked = before.classify('the film');
    const [after] = await Promise.all([base.add(await makeDiff({}, undefined, 77), 'a'), asked]);
    expect(base.task('a')).toBe(after);
    expect(await asked).not.toEqual(await after!.classify('the film'));
    await expect(before.classify('the film')).rejects.toThrow('task "a" was removed or replaced');
  });

  it('refuses the diff of another base', async () => {
    const diff = await makeDiff();
    const manifest = { ...diff.manifest, base: { ...diff.manifest.base, fingerprint: '0'.repeat(64) } };
    await expect(base.add({ ...diff, manifest })).rejects.toMatchObject({ name: 'WrongBaseError' });
  });
});
