import { baseParameters, headParameters, initializeParameters, parameterSize } from '@diffprune/bert';
import { TokenTypeError } from '@diffprune/inference';
import { methods, type MethodName } from './methods.ts';
import { defaultOptions } from './options.ts';
import { density, toDiffTensors } from './result.ts';
import { SnapshotError, type Snapshot } from './snapshot.ts';
import { config, tinyRun } from './tiny-run.fixture.ts';
import {
  train,
  UnevaluatedError,
  type TrainingEvent,
  type TrainingResult,
  type TrainingRun,
} from './train.ts';

const d = baseParameters(config).reduce((sum, spec) => sum + parameterSize(spec), 0);
const names = Object.keys(methods) as MethodName[];

/** Runs to the end, or until `stop` says so of an event. */
async function complete(
  run: TrainingRun,
  from?: Snapshot,
  stop?: (event: TrainingEvent) => boolean,
): Promise<{ events: TrainingEvent[]; result?: TrainingResult }> {
  const events: TrainingEvent[] = [];
  const training = train(run, from);
  for (;;) {
    const next = await training.next();
    if (next.done) return { events, result: next.value };
    events.push(next.value);
    if (stop?.(next.value)) return { events };
  }
}

/** A result as comparable bytes. */
function bytes({ delta, dense }: TrainingResult): Record<string, Buffer> {
  const arrays = [
    ...dense,
    ...[...(delta ?? [])].map(([name, { values }]) => [`delta ${name}`, values] as const),
  ];
  const positions = [...(delta ?? [])].map(
    ([name, { positions }]) => [`positions ${name}`, positions] as const,
  );
  return Object.fromEntries(
    [...arrays, ...positions].map(([name, { buffer, byteOffset, byteLength }]) => {
      return [name, Buffer.from(buffer, byteOffset, byteLength)];
    }),
  );
}

const copy = ({ stage, step, arrays }: Snapshot): Snapshot => {
  return { stage, step, arrays: new Map([...arrays].map(([name, array]) => [name, array.slice()])) };
};

describe.each(names)('train with %s', (method) => {
  it('gives equal bytes for equal runs, also when it goes on from any snapshot', async () => {
    const snapshots: Snapshot[] = [];
    const keep = (event: TrainingEvent): boolean => {
      if (event.kind === 'step') snapshots.push(copy(event.snapshot));
      return false;
    };
    const whole = await complete(await tinyRun(method), undefined, keep);
    expect(snapshots).toHaveLength(methods[method].pruned ? 16 : 8);
    expect(bytes((await complete(await tinyRun(method))).result!)).toEqual(bytes(whole.result!));
    for (const snapshot of snapshots.filter((_, i) => i % 3 === 1 || i === snapshots.length - 1)) {
      const rest = await complete(await tinyRun(method), snapshot);
      expect(bytes(rest.result!)).toEqual(bytes(whole.result!));
      expect(rest.events.at(-1)).toEqual(whole.events.at(-1));
    }
  });

  it('evaluates after each epoch', async () => {
    const { events } = await complete(await tinyRun(method));
    const found = events.flatMap((event) =>
      event.kind === 'evaluation' ? [[event.stage, event.epoch]] : [],
    );
    const first =
      methods[method].pruned && method !== 'non-adaptive-diff-pruning' ? 'l0-training' : 'fine-tuning';
    const second = [
      ['fixed-mask', 1],
      ['fixed-mask', 2],
    ];
    expect(found).toEqual([[first, 1], [first, 2], ...(methods[method].pruned ? second : [])]);
  });
});

describe('the diff', () => {
  it.each(names.filter((name) => methods[name].pruned))(
    '%s keeps exactly ⌊density·d⌋ entries',
    async (method) => {
      for (const target of [0.005, 0.0371]) {
        const { result, events } = await complete(await tinyRun(method, { density: target, maxSteps: 3 }));
        const kept = toDiffTensors(config, { kind: 'classification', labels: 2 }, result!)
          .filter(({ operation }) => operation === 'add')
          .reduce((sum, { positions }) => sum + positions.length, 0);
        expect(kept).toBe(Math.floor(target * d));
        expect(density(config, result!)).toBeCloseTo(target, 3);
        expect(events).toContainEqual(expect.objectContaining({ kind: 'projection', kept, nonzero: kept }));
      }
    },
  );

  it('of last-layer fine-tuning holds the last layer, the pooler and the head alone', async () => {
    const { result } = await complete(await tinyRun('last-layer', { maxSteps: 1 }));
    const kinds = new Set([...result!.dense.keys()].map((name) => name.split('.').slice(0, 4).join('.')));
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
    const { result } = await complete(await tinyRun('full', { maxSteps: 2 }));
    const base = initializeParameters(baseParameters(config), config, 7);
    for (const [name, values] of base) expect(result!.dense.get(name)).not.toEqual(values);
  });
});

describe('a base without a pooler', () => {
  const model = { ...config, pooler: false };
  const head = { kind: 'classification', labels: 2 } as const;
  const pooler = ['bert.pooler.dense.weight', 'bert.pooler.dense.bias'];

  it.each(names)('gets one of its own with the head: %s', async (method) => {
    const options = { maxSteps: 2, density: 0.05 };
    const { result } = await complete(await tinyRun(method, options, model));
    const tensors = toDiffTensors(model, head, result!);
    const dense = tensors.filter(({ name }) => pooler.includes(name));
    expect(dense.map(({ name, operation }) => [name, operation])).toEqual(
      pooler.map((name) => [name, 'replace-dense']),
    );
    // trained from what the seed gives it
    const fresh = initializeParameters(headParameters(model, head), model, defaultOptions.seed);
    for (const { name, values } of dense) {
      expect(values).not.toEqual(fresh.get(name));
      values.forEach((value, i) => expect(Math.abs(value - fresh.get(name)![i]!)).toBeLessThan(0.1));
    }
    // the density is that of the base, which has none
    const d = baseParameters(model).reduce((sum, spec) => sum + parameterSize(spec), 0);
    const kept = tensors.reduce((sum, { positions }) => sum + positions.length, 0);
    if (methods[method].pruned) expect(kept).toBe(Math.floor(0.05 * d));
  });

  it('goes on from a snapshot with it', async () => {
    const options = { maxSteps: 3, density: 0.05 };
    const snapshots: Snapshot[] = [];
    const whole = await complete(await tinyRun('diff-pruning', options, model), undefined, (event) => {
      if (event.kind === 'step') snapshots.push(copy(event.snapshot));
      return false;
    });
    for (const snapshot of [snapshots[1]!, snapshots.at(-2)!]) {
      const rest = await complete(await tinyRun('diff-pruning', options, model), snapshot);
      expect(bytes(rest.result!)).toEqual(bytes(whole.result!));
    }
  });
});

describe('a base with one token type', () => {
  const model = { ...config, typeVocabSize: 1 };

  it('learns single texts', async () => {
    const { result } = await complete(await tinyRun('full', { maxSteps: 2 }, model));
    expect(result!.dense.get('bert.embeddings.token_type_embeddings.weight')).toHaveLength(16);
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
    const options = { epochs: 1, fixedMaskEpochs: 1 };
    const { result } = await complete(await tinyRun(method, options));
    const run = await tinyRun(method, options);
    const [split, rows] = Object.entries(run.dev)[0]!;
    let left = methods[method].pruned ? 1 : 0;
    const failing = {
      ...rows,
      get indices() {
        if (left-- > 0) return rows.indices;
        throw new Error('the disk is gone');
      },
    };
    const error: unknown = await complete({ ...run, dev: { [split]: failing } }).catch((error) => error);
    expect(error).toBeInstanceOf(UnevaluatedError);
    expect((error as Error).message).toMatch(
      /^the evaluation after the last step of (fine-tuning|fixed-mask) failed: the disk is gone$/,
    );
    expect(bytes((error as UnevaluatedError).result)).toEqual(bytes(result!));
  },
);

it('refuses a snapshot behind the last step, which would never end', async () => {
  const run = await tinyRun('last-layer', { maxSteps: 2 });
  const { snapshot } = (await complete(await tinyRun('last-layer', { maxSteps: 2 }))).events.findLast(
    (event) => event.kind === 'step',
  )!;
  const late = { ...copy(snapshot), step: 3 };
  await expect(complete(run, late)).rejects.toThrow(SnapshotError);
  await expect(complete(await tinyRun('last-layer', { maxSteps: 2 }), late)).rejects.toThrow(
    'the checkpoint is of step 3, but fine-tuning has 2',
  );
});

it.each(['full', 'structured-diff-pruning'] as const)('%s learns the task', async (method) => {
  const run = await tinyRun(method, {
    epochs: 30,
    fixedMaskEpochs: 30,
    density: 0.05,
    alphaLearningRate: 0.05,
  });
  const { events } = await complete(run);
  const losses = events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
  const mean = (part: number[]): number => part.reduce((sum, loss) => sum + loss, 0) / part.length;
  expect(mean(losses.slice(-8))).toBeLessThan(0.5 * mean(losses.slice(0, 8)));
  const last = events.at(-1);
  expect(last?.kind === 'evaluation' && last.splits['dev']!.main).toBeGreaterThanOrEqual(0.9);
});

it('lowers the expected density by the penalty', async () => {
  const { events } = await complete(
    await tinyRun('diff-pruning', { epochs: 20, l0Penalty: 1e-2, alphaLearningRate: 0.3 }),
  );
  const expected = events.flatMap((event) =>
    event.kind === 'step' && event.expectedDensity !== undefined ? [event.expectedDensity] : [],
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
  run.base.delete('bert.pooler.dense.bias');
  await expect(complete(run)).rejects.toThrow("the base's bert.pooler.dense.bias has no values, expected 16");
});
