import { baseParameters, headParameters, initializeParameters, parameterSize } from '@diffprune/bert';
import { TokenTypeError } from '@diffprune/inference';
import { bytes, complete, copy } from './complete-run.fixture.ts';
import { commonOptions } from './common-options.ts';
import { findMethod } from './method-options.ts';
import { handOver } from './model.ts';
import { methodNames } from './methods/registry.ts';
import { SnapshotError } from './snapshot.ts';
import type { StepEvent } from './stage.ts';
import { config, tinyRun } from './tiny-run.fixture.ts';
import { UnevaluatedError } from './train.ts';

describe('the diff', () => {
  it('of last-layer fine-tuning holds the last layer, the pooler and the head alone', async () => {
    const { diff } = await complete(await tinyRun('last-layer', { maxSteps: 1 }));
    const kinds = new Set(diff.map(({ name }) => name.split('.').slice(0, 4).join('.')));
    expect(kinds).toEqual(
      new Set([
        'bert.encoder.layer.1',
        'bert.pooler.dense.weight',
        'bert.pooler.dense.bias',
        'classifier.weight',
        'classifier.bias',
      ]),
    );
  });

  it('leaves out no parameter in full fine-tuning, and each has moved', async () => {
    const { diff } = await complete(await tinyRun('full', { maxSteps: 2 }));
    const base = initializeParameters(baseParameters(config), config, 7);
    for (const [name, values] of base) {
      expect(diff.find((tensor) => tensor.name === name)!.values).not.toEqual(values);
    }
  });

  it('says at the projection how many of the entries kept are nonzero', async () => {
    const { events, diff } = await complete(await tinyRun('diff-pruning', { density: 0.01, maxSteps: 3 }));
    const kept = diff.reduce((sum, { positions }) => sum + positions.length, 0);
    const steps = events.filter((event) => event.kind === 'step' && event.stage === 'l0-training');
    const { measured } = steps.at(-1) as StepEvent;
    const expectedDensity = expect.closeTo(measured['expectedDensity']!, 6);
    const gates = expect.any(Array);
    const projection = { kind: 'projection', kept, nonzero: kept, measured: { expectedDensity }, gates };
    expect(events).toContainEqual(projection);
    const event = events.find((each) => each.kind === 'projection')!;
    expect(event.gates).toHaveLength(20);
    expect(event.gates!.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(kept); // each entry that was read has one
  });
});

describe('a base without a pooler', () => {
  const model = { ...config, pooler: false };
  const head = { kind: 'classification', labels: 2 } as const;
  const pooler = ['bert.pooler.dense.weight', 'bert.pooler.dense.bias'];

  it.each(methodNames)('gets one of its own with the head: %s', async (method) => {
    const sparse = 'density' in findMethod(method).options;
    const options = { maxSteps: 2, ...(sparse && { density: 0.05 }) };
    const { diff: tensors } = await complete(await tinyRun(method, options, model));
    const dense = tensors.filter(({ name }) => pooler.includes(name));
    expect(dense.map(({ name, operation }) => [name, operation])).toEqual(
      pooler.map((name) => [name, 'replace-dense']),
    );
    // trained from what the seed gives it
    const fresh = initializeParameters(
      headParameters(model, head),
      model,
      Number(commonOptions.seed.default),
    );
    for (const { name, values } of dense) {
      expect(values).not.toEqual(fresh.get(name));
      values.forEach((value, i) => expect(Math.abs(value - fresh.get(name)![i]!)).toBeLessThan(0.1));
    }
    // the density is that of the base, which has none
    const d = baseParameters(model).reduce((sum, spec) => sum + parameterSize(spec), 0);
    const kept = tensors.reduce((sum, { positions }) => sum + positions.length, 0);
    if (sparse) expect(kept).toBe(Math.floor(0.05 * d));
  });

  it('goes on from a snapshot with it', async () => {
    const options = { maxSteps: 3, density: 0.05 };
    const whole = await complete(await tinyRun('diff-pruning', options, model));
    const { snapshots } = whole;
    for (const snapshot of [snapshots[1]!, snapshots.at(-2)!]) {
      const rest = await complete(await tinyRun('diff-pruning', options, model), snapshot);
      expect(bytes(rest.diff)).toEqual(bytes(whole.diff));
    }
  });
});

describe('a base with one token type', () => {
  const model = { ...config, typeVocabSize: 1 };

  it('learns single texts', async () => {
    const { diff } = await complete(await tinyRun('full', { maxSteps: 2 }, model));
    const types = diff.find(({ name }) => name === 'bert.embeddings.token_type_embeddings.weight');
    expect(types!.values).toHaveLength(16);
  });

  it('refuses pairs before the first step', async () => {
    const run = await tinyRun('full', { maxSteps: 2 }, model);
    const train = {
      ...run.train,
      firstLengths: run.train.firstLengths.map((length, i) => length - (i === 4 ? 2 : 0)),
    };
    const refused = complete({ ...run, train });
    await expect(refused).rejects.toThrow(TokenTypeError);
    await expect(refused).rejects.toThrow(/row 5 is a pair of texts, but the base has one token type/);
  });
});

it.each(['last-layer', 'non-adaptive-diff-pruning'] as const)(
  '%s does not lose its result where only the last evaluation fails',
  async (method) => {
    const stages = findMethod(method).stages((await tinyRun(method)).options as never);
    const options = { epochs: 1, ...(stages.length > 1 && { fixedMaskEpochs: 1 }) };
    const { diff } = await complete(await tinyRun(method, options));
    const run = await tinyRun(method, options);
    const [split, rows] = Object.entries(run.dev)[0]!;
    let left = stages.length - 1;
    const failing = {
      ...rows,
      get examples() {
        if (left-- > 0) return rows.examples;
        throw new Error('the disk is gone');
      },
    };
    const error: unknown = await complete({ ...run, dev: { [split]: failing } }).catch((error) => error);
    expect(error).toBeInstanceOf(UnevaluatedError);
    expect((error as Error).message).toMatch(
      /^the evaluation after the last step of (fine-tuning|fixed-mask) failed: the disk is gone$/,
    );
    expect(bytes((error as UnevaluatedError).diff)).toEqual(bytes(diff));
  },
);

it('refuses a snapshot behind the last step, which would never end, and one of another stage', async () => {
  const short = () => tinyRun('last-layer', { maxSteps: 2 });
  const last = (await complete(await short())).snapshots.at(-1)!;
  const late = complete(await short(), { ...last, step: 3 });
  await expect(late).rejects.toThrow(SnapshotError);
  await expect(late).rejects.toThrow('the checkpoint is of step 3, but fine-tuning has 2');
  const other = complete(await short(), { ...last, stage: 'l0-training' });
  await expect(other).rejects.toThrow(SnapshotError);
  await expect(other).rejects.toThrow(
    'the checkpoint is of stage "l0-training", but the run\'s are fine-tuning',
  );
});

it('refuses a snapshot of fixed-mask fine-tuning that lacks what was projected', async () => {
  const short = () => tinyRun('non-adaptive-diff-pruning', { maxSteps: 1 });
  const { stage, step, arrays } = copy((await complete(await short())).snapshots.at(-1)!);
  const kept = [...arrays].filter(([name]) => !name.startsWith('projection/') || !name.endsWith('/values'));
  await expect(complete(await short(), { stage, step, arrays: new Map(kept) })).rejects.toThrow(
    "the checkpoint lacks the projection's bert.",
  );
});

it('leaves the base as it was given, or takes each tensor away as it copies it', async () => {
  const run = await tinyRun('last-layer', { maxSteps: 1 });
  const tensors = initializeParameters(baseParameters(config), config, 7);
  await complete({ ...run, base: tensors });
  expect(tensors).toEqual(initializeParameters(baseParameters(config), config, 7));
  await complete({ ...run, base: handOver(tensors) });
  expect(tensors.size).toBe(0);
});

it('lowers the expected density by the penalty', async () => {
  const { events } = await complete(
    await tinyRun('diff-pruning', { epochs: 20, l0Penalty: 1e-2, alphaLearningRate: 0.3 }),
  );
  const expected = events.flatMap((event) =>
    event.kind === 'step' ? (event.measured['expectedDensity'] ?? []) : [],
  );
  const open = 1 / (1 + Math.exp(-5));
  expect(expected[0]).toBeCloseTo(open, 4);
  expect(expected.at(-1)).toBeLessThan(0.2);
});

it('stops with a clear error when the loss is no number', async () => {
  const run = await tinyRun('full');
  run.base.get('bert.pooler.dense.bias')!.fill(NaN);
  await expect(complete(run)).rejects.toThrow(
    'the loss became NaN at step 0 of fine-tuning; try a lower learning rate',
  );
});

it('refuses a base that lacks a parameter', async () => {
  const run = await tinyRun('full');
  const base = {
    get: (name: string) => (name === 'bert.pooler.dense.bias' ? undefined : run.base.get(name)),
  };
  await expect(complete({ ...run, base })).rejects.toThrow(
    "the base's bert.pooler.dense.bias has no values, expected 16",
  );
});
