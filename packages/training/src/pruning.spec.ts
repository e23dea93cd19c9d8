import { baseParameters, parameterSize, parseConfig } from '@diffprune/bert';
import { complete } from './complete-run.fixture.ts';
import type { StepEvent } from './stage.ts';
import type { TrainingEvent } from './lab.ts';
import { isPruned } from './pruned-weights.ts';
import { PruningPrice } from './pruning-price.ts';
import { pruningSteps } from './pruning-schedule.ts';
import { DivergenceError } from './stage.ts';
import { tinyRun } from './tiny-run.fixture.ts';

const methods = ['magnitude-pruning', 'movement-pruning', 'soft-movement-pruning', 'l0-pruning'] as const;

function stepsOf(events: readonly TrainingEvent[]): StepEvent[] {
  return events.flatMap((event) => (event.kind === 'step' ? [event] : []));
}

it('masks the 85 million weights of BERT-base’s encoder, which are less than what is trained with them', () => {
  const base = baseParameters(
    parseConfig({
      ...{ model_type: 'bert', hidden_act: 'gelu', vocab_size: 30522, type_vocab_size: 2 },
      ...{ max_position_embeddings: 512, num_hidden_layers: 12, hidden_size: 768 },
      ...{ num_attention_heads: 12, intermediate_size: 3072 },
    }),
  );
  const masked = base.filter(isPruned);
  expect(masked).toHaveLength(12 * 6);
  expect(masked.reduce((sum, spec) => sum + parameterSize(spec), 0)).toBe(
    12 * (4 * 768 ** 2 + 2 * 768 * 3072),
  );
});

it.each(methods)('%s says where the loss becomes no number', async (method) => {
  const run = await tinyRun(method, { learningRate: 1e37, warmup: 0 });
  await expect(complete(run)).rejects.toThrow(DivergenceError);
});

it.each(methods)(
  '%s keeps all weights before pruning begins, and leaves the last number when it ends',
  async (method) => {
    const options = { epochs: 5, pruningWarmup: 0.25, pruningCooldown: 0.3, remaining: 0.25 };
    const steps = stepsOf((await complete(await tinyRun(method, options))).events);
    const remaining = steps.map(({ measured }) => measured['remaining']!);
    expect(remaining).toHaveLength(20);
    // gates are drawn from the first step on
    if (method !== 'l0-pruning') expect(new Set(remaining.slice(0, 5))).toEqual(new Set([1]));
    const masked = 2 * (4 * 16 * 16 + 2 * 16 * 24);
    for (const share of remaining.slice(14)) expect(share).toBeCloseTo(Math.floor(0.25 * masked) / masked, 6);
  },
);

it.each([
  ['soft-movement-pruning', { scorePenalty: 1e-4, scoreLearningRate: 0.5 }],
  ['l0-pruning', { l0Penalty: 1e-4, alphaLearningRate: 1 }],
] as const)('%s leaves what a given λ leaves, unless it is told how much', async (method, options) => {
  const left = async (more: object) => {
    const { diff } = await complete(await tinyRun(method, { epochs: 5, ...options, ...more }));
    const matrices = diff.filter(({ operation }) => operation === 'replace-sparse');
    const sum = (of: (tensor: (typeof diff)[number]) => number) =>
      matrices.reduce((all, each) => all + of(each), 0);
    return sum(({ positions }) => positions.length) / sum((tensor) => parameterSize(tensor));
  };
  const cheap = await left({});
  const dear = await left(method === 'l0-pruning' ? { l0Penalty: 1 } : { scorePenalty: 1 });
  expect(dear).toBeLessThan(cheap);
  expect(cheap).toBeLessThan(1);
  expect(await left({ remaining: 0.5 })).toBe(0.5);
});

describe('the price of a weight', () => {
  const steps = pruningSteps({ pruningWarmup: 0.1, pruningCooldown: 0.2 }, 100);
  const common = { name: 'price', initial: 1e-4, remaining: 0.1, steps };
  const observe = (price: PruningPrice, step: number, remaining: number) =>
    price.observe(step, 0.5, { remaining });

  it('rises with the schedule where it is given, or stays', () => {
    expect(steps).toEqual({ first: 10, end: 80 });
    const at = (rises: boolean) => {
      const price = new PruningPrice({ ...common, given: 3, rises });
      return Array.from({ length: 100 }, (_, step) => observe(price, step, 1)['price']!);
    };
    expect(new Set(at(false))).toEqual(new Set([3]));
    const rising = at(true);
    expect(rising.slice(0, 11)).toEqual(Array.from({ length: 11 }, () => 0));
    expect(rising[45]).toBeCloseTo(3 * (1 - 0.5 ** 3), 6);
    expect(new Set(rising.slice(80))).toEqual(new Set([3]));
  });

  it('is steered along the path, and is 0 before and after it', () => {
    const price = new PruningPrice({ ...common, given: undefined, rises: true });
    // weights fall by the logarithm of the price over some scale that nobody knows
    let found = 1;
    const seen = Array.from({ length: 100 }, (_, step) => {
      const { price: lambda, pathRemaining } = observe(price, step, found);
      found *= 1 - Math.min(0.2, Math.max(0, Math.log10(lambda! / 1e-7) / 50));
      return { lambda: lambda!, path: pathRemaining!, found };
    });
    expect(seen.slice(0, 10).every(({ lambda, path }) => lambda === 0 && path === 1)).toBe(true);
    expect(seen[45]!.path).toBeCloseTo(0.1 + 0.9 * 0.5 ** 3, 9);
    for (const { path, found } of seen.slice(25, 80))
      expect(Math.abs(Math.log(found / path))).toBeLessThan(0.5);
    expect(seen.slice(80).every(({ lambda, path }) => lambda === 0 && path === 0.1)).toBe(true);
  });
});
