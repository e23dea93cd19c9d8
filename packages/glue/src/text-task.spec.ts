import { glueTasks, findTask } from './glue-tasks.ts';
import { textCodec, textTask } from './text-task.ts';

const letters = {
  ids: (text: string) => [...text].map((c) => c.charCodeAt(0)),
  clsId: 1,
  sepId: 2,
  padId: 0,
};
const examples = [
  { index: 'a', textA: 'ab', label: 1 },
  { index: 'b', textA: 'c', label: 0 },
  { index: 'c', textA: 'd', label: 1 },
];

describe('a classification', () => {
  const task = textTask(findTask('sst2'));
  const features = task.encode(examples, letters, 8);
  const logits = [
    [0, Math.log(3)],
    [2, 2],
    [1, 0],
  ].map((row) => Float32Array.from(row));

  it('has rows with classes, and the most probable class for an answer', () => {
    expect(task.head).toEqual({ kind: 'classification', labels: 2 });
    expect(features.labels).toEqual({ labels: Int32Array.of(1, 0, 1) });
    const answers = task.decode({ logits }, examples, features);
    expect(answers.map(({ index, value }) => [index, value])).toEqual([
      ['a', 1],
      ['b', 0],
      ['c', 0],
    ]);
    expect(answers[0]!.probabilities![1]).toBeCloseTo(0.75, 6);
    expect(answers[1]!.probabilities).toEqual([0.5, 0.5]);
  });

  it('is scored by its metrics, beside one answer for all', () => {
    const answers = task.decode({ logits }, examples, features);
    expect(task.score(answers, examples)).toEqual({ scores: { accuracy: 2 / 3 }, main: 2 / 3 });
    expect(task.scoreConstant(examples).main).toBeCloseTo(2 / 3, 12);
    const unlabelled = examples.map(({ label: _, ...texts }) => texts);
    expect(() => task.score(answers, unlabelled)).toThrow('examples without labels cannot be evaluated');
  });
});

it('a regression has scores, whose answer is the logit', () => {
  const task = textTask(findTask('stsb'));
  const pairs = examples.map((example) => ({ ...example, textB: 'z', label: example.label + 0.1 }));
  const features = task.encode(pairs, letters, 8);
  expect(task.head).toEqual({ kind: 'regression' });
  expect(features.labels).toEqual({ labels: Float32Array.of(1.1, 0.1, 1.1) });
  const logits = [2.5, -1, 2].map((value) => Float32Array.of(value));
  const answers = task.decode({ logits }, pairs, features);
  expect(answers).toEqual([
    { index: 'a', value: 2.5 },
    { index: 'b', value: -1 },
    { index: 'c', value: 2 },
  ]);
  expect(task.score(answers, pairs).scores.spearman).toBeCloseTo(0.866, 3);
  expect(task.scoreConstant(pairs).main).toBe(0);
});

it('all tasks of GLUE have one', () => {
  for (const task of glueTasks) expect(textTask(task).name).toBe(task.name);
});

it('refuses a type of problem that there is not', () => {
  const problem = { problemType: 'multi_label' as 'regression', labels: [] };
  expect(() => textCodec(problem)).toThrow(
    'problemType is "multi_label", expected one of single_label_classification, regression',
  );
});
