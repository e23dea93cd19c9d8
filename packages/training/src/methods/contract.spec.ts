import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { baseParameters, initializeParameters, parameterSize } from '@diffprune/bert';
import { headOf, Predictor } from '@diffprune/inference';
import { applyDiff, createManifest, fingerprintTensors, revertDiff } from '@diffprune/sparse-diff';
import { bytes, complete } from '../complete-run.fixture.ts';
import { evaluateSplit } from '../evaluate-split.ts';
import { completeOptions, findMethod, optionsOf } from '../method-options.ts';
import type { OptionValues } from '../options.ts';
import { OptionError } from '../options.ts';
import { isPruned } from '../pruned-weights.ts';
import { density, entriesChanged } from '../result.ts';
import { loadSnapshot, saveSnapshot } from '../snapshot-file.ts';
import { config, tinyRun } from '../tiny-run.fixture.ts';
import type { TrainingRun } from '../train.ts';
import { methodNames, type MethodName } from './registry.ts';

// What every method of the registry has to hold; a new one is tested as soon as it stands there.

const specs = baseParameters(config);
const d = specs.reduce((sum, spec) => sum + parameterSize(spec), 0);

/** A short run, with those of the options that the method has. */
function run(method: MethodName, options: OptionValues = {}): Promise<TrainingRun> {
  const had = Object.entries(options).filter(([name]) => Object.hasOwn(optionsOf(method), name));
  return tinyRun(method, Object.fromEntries(had));
}

/** Its base's tensors, as an applier has them. */
function baseTensors() {
  const values = initializeParameters(specs, config, 7);
  return new Map(specs.map(({ name, shape }) => [name, { shape, data: values.get(name)! }]));
}

describe.each(methodNames)('%s', (name) => {
  const method = findMethod(name);

  it('is a file of at most 150 lines that says what it is and where it comes from', async () => {
    const text = await readFile(new URL(`${name}.ts`, import.meta.url), 'utf8');
    expect(text.split('\n').length).toBeLessThanOrEqual(151);
    expect(method.name).toBe(name);
    expect(method.title).not.toBe('');
    expect(method.source).toMatch(/\d{4}, (section|equation)/);
    for (const { help, argument } of Object.values(optionsOf(name))) expect(help && argument).not.toBe('');
  });

  it('takes its stages in their order and evaluates after each epoch', async () => {
    const { options, ...rest } = await run(name, { epochs: 2, fixedMaskEpochs: 3 });
    const { events } = await complete({ ...rest, options });
    const plan = method.stages(options as Parameters<typeof method.stages>[0]);
    const expected = plan.flatMap(({ name, epochs }) =>
      Array.from({ length: epochs }, (_, i) => [name, i + 1]),
    );
    const found = events.flatMap((event) =>
      event.kind === 'evaluation' ? [[event.stage, event.epoch]] : [],
    );
    expect(found).toEqual(expected);
    const left = events.flatMap((event) => (event.kind === 'step' ? [event.stepsLeft] : []));
    expect(left).toEqual(left.map((_, i) => left.length - 1 - i));
  });

  it('learns a toy task', async () => {
    const others = { fixedMaskEpochs: 30, density: 0.05, alphaLearningRate: 0.05, maskLearningRate: 0.2 };
    const pruned = { remaining: 0.3, pruningWarmup: 0.3 };
    const options = 'remaining' in method.options ? pruned : others;
    const { events } = await complete(await run(name, { epochs: 30, ...options }));
    const losses = events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
    const mean = (part: number[]): number => part.reduce((sum, loss) => sum + loss, 0) / part.length;
    expect(mean(losses.slice(-8))).toBeLessThan(0.5 * mean(losses.slice(0, 8)));
    const last = events.at(-1);
    expect(last?.kind === 'evaluation' && last.splits['dev']!.main).toBeGreaterThanOrEqual(0.9);
  });

  it('changes exactly as much of the base as it is asked for, or else always as much', async () => {
    const changed = async (options: OptionValues) => {
      const { diff } = await complete(await run(name, { maxSteps: 3, ...options }));
      const entries = diff.filter(({ name }) => specs.some((spec) => spec.name === name)).map(entriesChanged);
      const count = entries.reduce((sum, each) => sum + each, 0);
      expect(density(config, diff)).toBe(count / d);
      return count;
    };
    if ('remaining' in method.options) {
      const matrices = specs.filter(isPruned).map(parameterSize);
      const total = (sizes: number[]): number => sizes.reduce((sum, size) => sum + size, 0);
      const whole = await changed({ remaining: 1 });
      for (const remaining of [0.03, 0.1503]) {
        const left = (size: number): number => Math.floor(remaining * size);
        const global = whole - total(matrices) + left(total(matrices));
        const local = whole - total(matrices) + total(matrices.map(left));
        const scoped = 'scope' in method.options;
        expect(await changed({ remaining })).toBe(scoped ? local : global);
        expect(await changed({ remaining, pruningCooldown: 0 })).toBe(scoped ? local : global);
        if (scoped) expect(await changed({ remaining, scope: 'global' })).toBe(global);
      }
    } else if ('density' in method.options) {
      for (const density of [0.005, 0.0371]) expect(await changed({ density })).toBe(Math.floor(density * d));
    } else if ('initialSparsity' in method.options) {
      // a sample: as many as the log-odds say, give or take its deviation
      const matrices = specs.filter(({ shape }) => shape.length === 2);
      const entries = matrices.reduce((sum, spec) => sum + parameterSize(spec), 0);
      for (const initialSparsity of [0, 0.3]) {
        const p = initialSparsity * 0.9933 + (1 - initialSparsity) * 0.0067;
        const off = (await changed({ initialSparsity, maskLearningRate: 1e-9 })) - entries * p;
        expect(Math.abs(off)).toBeLessThan(4 * Math.sqrt(entries * 0.0067 * 0.9933));
      }
    } else {
      expect(await changed({ seed: 2 })).toBe(await changed({ seed: 1 }));
    }
  });

  it('gives equal bytes for equal runs, also when it goes on from any checkpoint', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'contract-'));
    try {
      const whole = await complete(await run(name));
      expect(bytes((await complete(await run(name))).diff)).toEqual(bytes(whole.diff));
      const last = whole.snapshots.length - 1;
      for (const snapshot of whole.snapshots.filter((_, i) => i % 3 === 1 || i === last)) {
        const path = join(folder, `${snapshot.stage}-${snapshot.step}`);
        await saveSnapshot(path, snapshot);
        const rest = await complete(await run(name), await loadSnapshot(path));
        expect(bytes(rest.diff)).toEqual(bytes(whole.diff));
        expect(rest.events.at(-1)).toEqual(whole.events.at(-1));
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('shows the diff at evaluations that it may end with, ends there, and is not changed by it', async () => {
    const made = () => run(name, { epochs: 'remaining' in method.options ? 3 : 2, pruningCooldown: 0.5 });
    const whole = await complete(await made());
    const seen: { at: object; diff: unknown }[] = [];
    const review: TrainingRun['review'] = ({ stage, step }, diff) => {
      seen.push({ at: { stage, step }, diff: bytes(diff()) });
      return Promise.resolve(false);
    };
    const watched = await complete({ ...(await made()), review });
    expect(bytes(watched.diff)).toEqual(bytes(whole.diff));
    expect(seen.at(-1)!.diff).toEqual(bytes(whole.diff));
    expect(seen.length).toBeGreaterThan(1);
    const ended = await complete({ ...(await made()), review: () => Promise.resolve(true) });
    expect(bytes(ended.diff)).toEqual(seen[0]!.diff);
    expect(ended.events.at(-1)).toMatchObject({ kind: 'evaluation', ...seen[0]!.at });
    const { samples } = whole.events.at(-1) as { samples?: object };
    expect(Object.keys(ended.events.at(-1)!).includes('samples')).toBe(samples !== undefined);
  });

  it('learns from a teacher as well, and goes on to equal bytes', async () => {
    const logits = Array.from({ length: 30 }, (_, i) => Float32Array.of(Math.sin(i), Math.cos(i)));
    const taught = async () => ({ ...(await run(name, { maxSteps: 3 })), teacher: { logits }, dev: {} });
    const whole = await complete(await taught());
    const alone = await complete(await run(name, { maxSteps: 3 }));
    expect(bytes(whole.diff)).not.toEqual(bytes(alone.diff));
    for (const snapshot of [whole.snapshots[0]!, whole.snapshots.at(-2)!]) {
      const rest = await complete(await taught(), snapshot);
      expect(bytes(rest.diff)).toEqual(bytes(whole.diff));
    }
  });

  it('leaves a diff that applies to what was evaluated, and comes off bit for bit', async () => {
    const { engine, task, dev, ...rest } = await run(name, { maxSteps: 3 });
    const { events, diff } = await complete({ engine, task, dev, ...rest });
    const [base, before] = [baseTensors(), baseTensors()];
    const fingerprint = await fingerprintTensors(base);
    const undo = applyDiff(
      base,
      { manifest: createManifest({ base: { fingerprint } }), tensors: diff },
      fingerprint,
    );
    const weights = Object.fromEntries([...base].map(([name, { data }]) => [name, data as Float32Array]));
    const size = { parameters: d, rows: rest.train.size, task: task.name };
    const model = { ...config, adapters: method.adapters?.(completeOptions(name, rest.options, size)) };
    const predictor = new Predictor(engine, model, headOf(task), weights, 8);
    const [split, rows] = Object.entries(dev)[0]!;
    const last = events.at(-1);
    const evaluated = last?.kind === 'evaluation' ? last.splits[split] : undefined;
    expect(await evaluateSplit(predictor, task, rows)).toEqual(evaluated);
    await predictor.dispose();
    revertDiff(base, undo);
    expect(base).toEqual(before);
  });

  it('refuses every option that is out of its range by name, before the first step', async () => {
    const nonsense = [NaN, -Infinity, -7, 0, 0.3, 2 ** 60, 'nonsense', '', [3, -3], [], {}, null, true];
    for (const [option, { accepts }] of Object.entries(optionsOf(name))) {
      const refused = nonsense.filter((value) => !accepts(value));
      expect(refused).toEqual(expect.arrayContaining([NaN, 'nonsense', null]));
      for (const value of refused) {
        const { options, ...rest } = await tinyRun(name);
        const error: unknown = await complete({ ...rest, options: { ...options, [option]: value } }).then(
          () => 'it ran',
          (error: unknown) => error,
        );
        expect(error).toBeInstanceOf(OptionError);
        expect((error as Error).message).toMatch(new RegExp(`^${option} must be `));
      }
    }
  });

  it('is named nowhere but in its own file and the registry', async () => {
    const folder = new URL('..', import.meta.url);
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
    const own = [`methods/${name}.ts`, 'methods/registry.ts'];
    for (const file of files.filter((file) => !/\.(spec|fixture)\.ts$/.test(file) && !own.includes(file))) {
      const text = await readFile(new URL(file, folder), 'utf8');
      expect([file, text.includes(`'${name}'`)]).toEqual([file, false]);
    }
  });
});
