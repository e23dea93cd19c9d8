import { baseParameters, initializeParameters, parameterSize } from '@diffprune/bert';
import { createEngine } from '@diffprune/engine';
import type { Features, TaskType } from '@diffprune/glue';
import type { DiffTensor } from '@diffprune/sparse-diff';
import type { MethodName } from './methods/registry.ts';
import { bytes, complete } from './complete-run.fixture.ts';
import { optionsOf, type TrainingOptions } from './method-options.ts';
import type { OptionValues } from './options.ts';
import { density } from './result.ts';
import { config } from './tiny-run.fixture.ts';
import type { TrainingRun } from './train.ts';

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

const ids = { ids: () => [], clsId: 1, sepId: 2, padId: 0 };
const features = findHighWord.encode(questions, ids, windowSize + 2);

/** A run of those of the options that the method has. */
async function run(method: MethodName, wanted: OptionValues = {}): Promise<TrainingRun<MethodName, number>> {
  const usual = {
    density: 0.05,
    l0Penalty: 1e-6,
    epochs: 12,
    fixedMaskEpochs: 6,
    batchSize: 8,
    learningRate: 2e-2,
    fixedMaskLearningRate: 2e-2,
    maskLearningRate: 0.2,
  };
  const table = optionsOf(method);
  const { l0Penalty: _, ...pruning } = usual;
  const given = { ...('remaining' in table ? { ...pruning, remaining: 0.5 } : usual), ...wanted };
  const options = Object.fromEntries(Object.entries(given).filter(([name]) => name in table));
  return {
    engine: await createEngine('cpu', { threads: 1 }),
    config,
    task: findHighWord,
    method,
    options: options as TrainingOptions,
    base: initializeParameters(baseParameters(config), config, 7),
    train: features,
    dev: { dev: { features, examples: questions } },
  };
}

/** What the task scores after the last epoch, and the diff. */
async function learn(method: MethodName): Promise<{ score: number; diff: readonly DiffTensor[] }> {
  const { events, diff } = await complete(await run(method));
  const last = events.at(-1);
  return { score: last?.kind === 'evaluation' ? last.splits['dev']!.main : NaN, diff };
}

// the base has a pooler, which a span head does not read
it.each([
  ...(['full', 'structured-diff-pruning', 'last-layer', 'l0-close', 'adapters'] as const),
  ...(['magnitude-pruning', 'soft-movement-pruning', 'l0-pruning', 'supermask'] as const),
])('%s trains a span head over windows, and leaves the pooler alone', async (method) => {
  const { score, diff } = await learn(method);
  expect(findHighWord.scoreConstant(questions).main).toBeCloseTo(1 / 8, 6);
  expect(score).toBeGreaterThan(0.6);
  const changed = diff.map(({ name }) => name);
  expect(changed).toContain('qa_outputs.weight');
  expect(changed.filter((name) => name.includes('pooler'))).toEqual([]);
});

it.each(['structured-diff-pruning', 'non-adaptive-diff-pruning'] as const)(
  '%s keeps as much of the base as it is asked for, the pooler counted that the head does not read',
  async (method) => {
    const d = baseParameters(config).reduce((sum, spec) => sum + parameterSize(spec), 0);
    const { diff } = await complete({ ...(await run(method, { maxSteps: 2 })), dev: {} });
    expect(density(config, diff)).toBe(Math.floor(0.05 * d) / d);
  },
);

it.each(['full', 'structured-diff-pruning', 'soft-movement-pruning', 'supermask', 'adapters'] as const)(
  '%s learns spans from a teacher, and goes on to equal bytes',
  async (method) => {
    const logits = (phase: number) =>
      Array.from({ length: features.size }, (_, row) =>
        Float32Array.from({ length: windowSize + 2 }, (_, i) => Math.sin(row * 5 + i + phase)),
      );
    const teacher = { start_logits: logits(0), end_logits: logits(1) };
    const taught = async () => ({ ...(await run(method, { maxSteps: 3 })), teacher, dev: {} });
    const whole = await complete(await taught());
    const alone = await complete({ ...(await run(method, { maxSteps: 3 })), dev: {} });
    expect(bytes(whole.diff)).not.toEqual(bytes(alone.diff));
    for (const snapshot of [whole.snapshots[0]!, whole.snapshots.at(-2)!]) {
      const rest = await complete(await taught(), snapshot);
      expect(bytes(rest.diff)).toEqual(bytes(whole.diff));
    }
  },
);
