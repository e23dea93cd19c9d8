import { createAdapters, createTokenizer, type EncoderConfig } from '@diffprune/bert';
import { loadCheckpoint } from '@diffprune/bert/node';
import { createEngine } from '@diffprune/engine';
import { encodeExamples, softmax } from '@diffprune/glue';
import { encodeDiff, WrongBaseError } from '@diffprune/sparse-diff';
import { applyDiff } from './applied-model.ts';
import type { Base } from './base.ts';
import { classify } from './classify.ts';
import { Predictor } from './predictor.ts';
import { loadBase } from './read-base.ts';
import { changedValues, classification, config, makeDiff, writeBase } from './tiny-model.fixture.ts';

const texts = [
  'the film was good',
  'a dull soup .',
  'he left',
  'not very great . the the the the the the the the the a a',
];
const pairs = texts.map((textA, i) => ({ textA, textB: texts[(i + 1) % texts.length]! }));

let folder: string;
let base: Base;
beforeAll(async () => {
  folder = await writeBase();
});

const withAdapters = { task: 'adapted', adapters: createAdapters('houlsby', 5, 'gelu_new') };

/** Logits of the values that the test itself computed, by a predictor of its own. */
async function directLogits(
  diff: Parameters<typeof changedValues>[0],
  head = classification,
  model: EncoderConfig = config,
): Promise<readonly Float32Array[]> {
  const { tokenizerFiles } = await loadCheckpoint(folder);
  const tokenizer = createTokenizer(tokenizerFiles, config.vocabSize);
  const examples = pairs.map((pair, i) => ({ index: String(i), ...pair }));
  const features = encodeExamples(examples, tokenizer, 16, 'single_label_classification');
  const predictor = new Predictor(
    await createEngine('cpu', { threads: 1 }),
    model,
    head,
    changedValues(diff),
    3,
  );
  const { logits } = await predictor.outputs(features);
  await predictor.dispose();
  return logits!;
}

const bytesOf = ({ tensors }: Base) =>
  [...tensors].map(([name, { data }]) => [
    name,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
  ]);

describe.each(['cpu', 'resident'])('applyDiff and classify, on engine %s', (engine) => {
  beforeAll(async () => {
    base = await loadBase(folder, { engine, threads: 1 });
  });
  afterAll(() => base.predictors.dispose());

  it('predicts as the model whose weights are θ + δ', async () => {
    const diff = await makeDiff();
    const model = await applyDiff(base, encodeDiff(diff).bytes);
    const answers = await classify(model, pairs);
    const logits = await directLogits(diff);
    answers.forEach(({ label, probabilities }, i) => {
      const expected = softmax(logits[i]!);
      expect([...probabilities!.keys()]).toEqual(['bad', 'good']);
      expect(probabilities!.get('good')).toBeCloseTo(expected[1]!, 5);
      expect(label).toBe(expected[1]! > expected[0]! ? 'good' : 'bad');
    });
    const alone = await classify(model, pairs[2]!);
    expect(alone.probabilities!.get('good')).toBeCloseTo(answers[2]!.probabilities!.get('good')!, 6);
    model.revert();
  });

  it('scores a regression', async () => {
    const diff = await makeDiff({}, { kind: 'regression' });
    const model = await applyDiff(base, diff);
    const logits = await directLogits(diff, { kind: 'regression' });
    const answers = await classify(model, pairs);
    answers.forEach(({ score }, i) => expect(score).toBeCloseTo(logits[i]![0]!, 5));
    model.revert();
  });

  it('predicts with adapters, which the base is without again when they are taken off', async () => {
    const before = bytesOf(base);
    const diff = await makeDiff(withAdapters);
    const model = await applyDiff(base, encodeDiff(diff).bytes);
    const answers = await classify(model, pairs);
    const logits = await directLogits(diff, classification, { ...config, adapters: withAdapters.adapters });
    const plain = await directLogits(diff);
    answers.forEach(({ probabilities }, i) => {
      expect(probabilities!.get('good')).toBeCloseTo(softmax(logits[i]!)[1]!, 5);
    });
    expect(Math.abs(softmax(plain[0]!)[1]! - softmax(logits[0]!)[1]!)).toBeGreaterThan(0.01);
    model.revert();
    expect(bytesOf(base)).toEqual(before);
  });

  it('switches between diffs with adapters, with others, and without', async () => {
    const wide = { ...withAdapters, adapters: createAdapters('houlsby', 7, 'relu') };
    const manifests = [withAdapters, {}, wide, { ...withAdapters, task: 'again' }];
    const alone = [];
    for (const [seed, manifest] of manifests.entries()) {
      const fresh = await loadBase(folder, { engine, threads: 1 });
      const diff = await makeDiff(manifest, classification, 3 + seed);
      alone.push(await classify(await applyDiff(fresh, diff), texts));
      await fresh.predictors.dispose();
    }
    for (const round of [0, 1, 2, 3, 2, 1, 0, 3]) {
      const model = await applyDiff(base, await makeDiff(manifests[round], classification, 3 + round));
      expect(await classify(model, texts)).toEqual(alone[round]);
      model.revert();
    }
    expect(new Set(alone.map((answers) => JSON.stringify(answers[0]!.probabilities!.get('good')))).size).toBe(
      4,
    );
  });

  it('switches tasks over one base and back', async () => {
    const [first, second] = await Promise.all([
      makeDiff(),
      makeDiff({ task: 'other', labels: ['no', 'yes'] }, classification, 4),
    ]);
    const answers = [];
    for (const diff of [first, second, first]) {
      const model = await applyDiff(base, diff);
      answers.push(await classify(model, texts));
      model.revert();
    }
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[1]![0]!.probabilities!.get('yes')).not.toBeCloseTo(
      answers[0]![0]!.probabilities!.get('good')!,
      3,
    );
    expect([...answers[1]![0]!.probabilities!.keys()]).toEqual(['no', 'yes']);
  });

  it('leaves every byte of the base as it was, signalling NaNs and -0 too', async () => {
    const other = await loadBase(folder);
    const bits = [0x7fa00001, 0xffc12345, 0x80000000, 0x7f800000];
    for (const { data } of other.tensors.values()) {
      const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
      bits.forEach((pattern, i) => (words[17 * i < words.length ? 17 * i : 0] = pattern));
    }
    const before = bytesOf(other);
    const model = await applyDiff(other, await makeDiff());
    expect(bytesOf(other)).not.toEqual(before);
    model.revert();
    expect(bytesOf(other)).toEqual(before);
  });

  it('carries one diff at a time', async () => {
    const diff = await makeDiff();
    const model = await applyDiff(base, diff);
    await expect(applyDiff(base, diff)).rejects.toThrow(
      'the base carries the diff of mine; call revert() on it first',
    );
    const running = classify(model, texts);
    expect(() => model.revert()).toThrow('predictions are under way');
    await running;
    model.revert();
    expect(() => model.revert()).toThrow('was taken off its base');
    await expect(classify(model, 'the film')).rejects.toThrow('was taken off its base');
  });

  it('refuses a diff that does not fit, and leaves the base as it was', async () => {
    const before = bytesOf(base);
    const diff = await makeDiff();
    const another = {
      ...diff,
      manifest: { ...diff.manifest, base: { ...diff.manifest.base, fingerprint: '0'.repeat(64) } },
    };
    await expect(applyDiff(base, another)).rejects.toThrow(WrongBaseError);
    const reworded = { ...diff, manifest: { ...diff.manifest, tokenizer: 'f'.repeat(64) } };
    await expect(applyDiff(base, reworded)).rejects.toThrow('the diff was trained with tokenizer ffff');
    const headless = { ...diff, tensors: diff.tensors.slice(0, -1) };
    await expect(applyDiff(base, headless)).rejects.toThrow('the diff lacks classifier.bias');
    const foreign = { ...diff.tensors.at(-1)!, name: 'adapter.bias' };
    await expect(applyDiff(base, { ...diff, tensors: [...diff.tensors, foreign] })).rejects.toThrow(
      "the diff's adapter.bias of shape [2] is not part of this model",
    );
    const wide = { ...foreign, name: 'classifier.bias', shape: [3], values: new Float32Array(3) };
    await expect(applyDiff(base, { ...diff, tensors: [...headless.tensors, wide] })).rejects.toThrow(
      'should have shape [2]',
    );
    await expect(
      applyDiff(base, { ...diff, manifest: { ...diff.manifest, head: 'masked-lm' } }),
    ).rejects.toThrow('head "masked-lm"');
    expect(bytesOf(base)).toEqual(before);
  });

  it('knows which GLUE tasks take pairs', async () => {
    const model = await applyDiff(base, await makeDiff({ task: 'mrpc' }));
    await expect(classify(model, 'the film')).rejects.toThrow(
      'task mrpc takes two texts, but example 0 has one',
    );
    await expect(classify(model, [pairs[0]!, 7 as never])).rejects.toThrow('input 1 is 7');
    expect(await classify(model, [])).toEqual([]);
    model.revert();
  });
});
