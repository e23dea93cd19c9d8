import { baseParameters, initializeParameters } from '@diffprune/bert';
import { createEngine } from '@diffprune/engine';
import type { Features, TaskType } from '@diffprune/glue';
import type { DiffTensor } from '@diffprune/sparse-diff';
import type { MethodName } from './methods/registry.ts';
import { optionsOf, type TrainingOptions } from './method-options.ts';
import { config } from './tiny-run.fixture.ts';
import { train } from './train.ts';

/** A text in which one word is a high one: where? */
interface Question {
  readonly words: readonly number[];
  readonly answer: number;
}
const windowSize = 4;

/** A task whose texts are longer than a row: each is two rows, of which one holds the answer. */
const findHighWord: TaskType<Question, number> = {
  name: 'high-word',
  head: { kind: 'span' },
  encode(questions): Features {
    const windows = questions.flatMap(({ words, answer }) =>
      [0, windowSize].map((first) => {
        const inside = answer >= first && answer < first + windowSize;
        const tokens = [1, ...words.slice(first, first + windowSize), 2];
        return { tokens, position: inside ? answer - first + 1 : -1 };
      }),
    );
    const length = windowSize + 2;
    const positions = Int32Array.from(windows, ({ position }) => position);
    return {
      size: windows.length,
      tokens: Int32Array.from(windows.flatMap(({ tokens }) => tokens)),
      offsets: Int32Array.from({ length: windows.length + 1 }, (_, row) => row * length),
      firstLengths: new Int32Array(windows.length).fill(length),
      labels: { start_positions: positions, end_positions: positions },
      padId: 0,
    };
  },
  decode({ start_logits: starts, end_logits: ends }, questions) {
    return questions.map((_, question) => {
      const scores = [0, 1].flatMap((window) => {
        const row = 2 * question + window;
        return Array.from(
          { length: windowSize },
          (_, word) => starts![row]![word + 1]! + ends![row]![word + 1]!,
        );
      });
      return scores.indexOf(Math.max(...scores));
    });
  },
  score(answers, questions) {
    const right = answers.filter((answer, i) => answer === questions[i]!.answer).length;
    return { scores: { accuracy: right / answers.length }, main: right / answers.length };
  },
  constantAnswer: 'the first word',
  scoreConstant(questions) {
    return findHighWord.score(
      questions.map(() => 0),
      questions,
    );
  },
};

const questions = Array.from({ length: 40 }, (_, i): Question => {
  const answer = (i * 5) % (2 * windowSize);
  const words = Array.from({ length: 2 * windowSize }, (_, k) =>
    k === answer ? 14 + ((i * 3) % 10) : 3 + ((i * 7 + k * 5) % 10),
  );
  return { words, answer };
});

async function learn(method: MethodName): Promise<{ score: number; diff: readonly DiffTensor[] }> {
  const ids = { ids: () => [], clsId: 1, sepId: 2, padId: 0 };
  const features = findHighWord.encode(questions, ids, windowSize + 2);
  const wanted = {
    density: 0.05,
    l0Penalty: 1e-6,
    epochs: 12,
    fixedMaskEpochs: 6,
    batchSize: 8,
    learningRate: 2e-2,
    fixedMaskLearningRate: 2e-2,
  };
  const known = Object.entries(wanted).filter(([name]) => name in optionsOf(method));
  const options: unknown = Object.fromEntries(known);
  const run = train({
    engine: await createEngine('cpu', { threads: 1 }),
    config,
    task: findHighWord,
    method,
    options: options as TrainingOptions,
    base: initializeParameters(baseParameters(config), config, 7),
    train: features,
    dev: { dev: { features, examples: questions } },
  });
  let score = NaN;
  for (let next = await run.next(); ; next = await run.next()) {
    if (next.done) return { score, diff: next.value };
    if (next.value.kind === 'evaluation') score = next.value.splits['dev']!.main;
  }
}

// the base has a pooler, which a span head does not read
it.each(['full', 'structured-diff-pruning', 'last-layer'] as const)(
  '%s trains a span head over windows, and leaves the pooler alone',
  async (method) => {
    const { score, diff } = await learn(method);
    expect(findHighWord.scoreConstant(questions).main).toBeCloseTo(1 / 8, 6);
    expect(score).toBeGreaterThan(0.6);
    const changed = diff.map(({ name }) => name);
    expect(changed).toContain('qa_outputs.weight');
    expect(changed.filter((name) => name.includes('pooler'))).toEqual([]);
    expect(changed.length).toBeGreaterThan(10);
  },
);
