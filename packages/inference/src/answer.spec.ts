import { createTokenizer } from '@diffprune/bert';
import { loadCheckpoint } from '@diffprune/bert/node';
import { createEngine } from '@diffprune/engine';
import { encodeExamples } from '@diffprune/glue';
import { encodeDiff, type Properties } from '@diffprune/sparse-diff';
import { answer, type FoundAnswer } from './answer.ts';
import { applyDiff } from './applied-model.ts';
import type { Base } from './base.ts';
import { classify } from './classify.ts';
import { Predictor } from './predictor.ts';
import { loadBase } from './read-base.ts';
import { changedValues, config, makeDiff, writeBase } from './tiny-model.fixture.ts';

const span = { kind: 'span' } as const;
const question = 'was the film good';
const contexts = [
  'he left the dull film',
  'The  Film was VERY great , a bad soup is not good . he left the film',
  'a',
];
const questions = contexts.map((context) => ({ question, context }));

let folder: string;
let base: Base;
beforeAll(async () => {
  folder = await writeBase();
});

/** A diff with a span head. */
function spanDiff(hyperparameters: Properties = { maxLength: 16 }) {
  return makeDiff({ task: 'squad', hyperparameters }, span);
}

/** Every stretch of words of a context that fits one row, with the sum of its logits, by a predictor of our own. */
async function scoredSpans(context: string): Promise<{ text: string; score: number }[]> {
  const { tokenizerFiles } = await loadCheckpoint(folder);
  const tokenizer = createTokenizer(tokenizerFiles, config.vocabSize);
  const pair = { index: '0', textA: question, textB: context };
  const features = encodeExamples([pair], tokenizer, 16, 'regression');
  const engine = await createEngine('cpu', { threads: 1 });
  const predictor = new Predictor(engine, config, span, changedValues(await spanDiff()), 1);
  const { start_logits: starts, end_logits: ends } = await predictor.outputs(features);
  await predictor.dispose();
  const words = context.split(' ');
  const first = question.split(' ').length + 2;
  return words.flatMap((_, i) =>
    words.slice(i).map((_, k) => ({
      text: words.slice(i, i + k + 1).join(' '),
      score: starts![0]![first + i]! + ends![0]![first + i + k]!,
    })),
  );
}

const everything = ({ label: _, alternatives, ...best }: FoundAnswer) => [best, ...alternatives];

describe.each(['cpu', 'resident'])('answer, on engine %s', (engine) => {
  beforeAll(async () => {
    base = await loadBase(folder, { engine, threads: 1 });
  });
  afterAll(() => base.predictors.dispose());

  it('finds the stretch with the greatest sum of logits, and the others by their order', async () => {
    const model = await applyDiff(base, encodeDiff(await spanDiff()).bytes);
    const found = everything(await answer(model, questions[0]!));
    const expected = (await scoredSpans(contexts[0]!)).sort((a, b) => b.score - a.score);
    expect(found.map(({ text }) => text)).toEqual(expected.map(({ text }) => text));
    const sum = expected.reduce((sum, { score }) => sum + Math.exp(score), 0);
    found.forEach(({ probability }, i) => {
      expect(probability).toBeCloseTo(Math.exp(expected[i]!.score) / sum, 5);
    });
    model.revert();
  });

  it('answers many as it answers one, by slices of contexts that are longer than a row', async () => {
    const model = await applyDiff(
      base,
      await spanDiff({ maxLength: 12, docStride: 1, maxQuestionLength: 4 }),
    );
    const found = await answer(model, questions);
    for (const [i, { context }] of questions.entries()) {
      const alone = await answer(model, { question, context });
      expect(alone.text).toBe(found[i]!.text);
      expect(alone.probability).toBeCloseTo(found[i]!.probability, 5);
      for (const { text, start, end } of everything(found[i]!)) {
        expect(text).not.toBe('');
        expect(context.slice(start, end)).toBe(text);
      }
    }
    expect(found[2]).toEqual({
      label: 'answer',
      text: 'a',
      start: 0,
      end: 1,
      probability: 1,
      alternatives: [],
    });
    expect(everything(found[1]!).some(({ start }) => start > 40)).toBe(true);
    model.revert();
  });

  it('knows that there is no answer where the task does, by its threshold', async () => {
    const settings = { maxLength: 16, version2: true };
    const unsure = await applyDiff(base, await spanDiff({ ...settings, nullThreshold: -1e9 }));
    const [none] = await answer(unsure, questions);
    expect(none).toMatchObject({ label: 'no answer', text: '', start: 0, end: 0 });
    unsure.revert();
    const sure = await applyDiff(base, await spanDiff({ ...settings, nullThreshold: 1e9 }));
    const [found] = await answer(sure, questions);
    expect(found!.text).toBe(none!.alternatives[0]!.text);
    expect(found!.alternatives).toContainEqual({
      text: '',
      start: 0,
      end: 0,
      probability: none!.probability,
    });
    sure.revert();
  });

  it('refuses texts, and a classifier refuses questions', async () => {
    const model = await applyDiff(base, await spanDiff());
    await expect(classify(model, 'a film')).rejects.toThrow(
      'task squad takes questions about contexts, but example 0 is none: ask this model by answer(model, { question',
    );
    await expect(answer(model, [questions[0]!, { question } as never])).rejects.toThrow(
      'question 1 is {"question":"was the film good"}, expected { question, context }',
    );
    model.revert();
    await expect(answer(model, questions)).rejects.toThrow('the diff of squad was taken off its base');
    const other = await applyDiff(base, await makeDiff());
    await expect(answer(other, questions)).rejects.toThrow(
      'task mine takes texts, but example 0 has none: ask this model by classify(model, text)',
    );
    other.revert();
  });

  it('names the question whose logits are no numbers', async () => {
    const diff = await spanDiff();
    const tensors = diff.tensors.map((tensor) =>
      tensor.name === 'qa_outputs.bias' ? { ...tensor, values: Float32Array.of(0, NaN) } : tensor,
    );
    const model = await applyDiff(base, { ...diff, tensors });
    await expect(answer(model, questions)).rejects.toThrow("the model's answer for example 0 is NaN");
    model.revert();
  });
});
