import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type EncoderConfig,
  baseParameters,
  headParameters,
  initializeParameters,
  parameterSize,
} from '@diffprune/bert';
import { loadCheckpoint, writeCheckpoint } from '@diffprune/bert/node';
import { opinionTask, writeTask } from '@diffprune/samples';
import { sampleModelFolder } from '@diffprune/samples/node';
import { createManifest, type DiffTensor } from '@diffprune/sparse-diff';
import { readDiff, writeDiff } from '@diffprune/sparse-diff/node';
import { readBase } from '@diffprune/inference/node';
import { createWorkshop, runCli, type Workshop } from './cli.fixture.ts';

let workshop: Workshop;
beforeAll(async () => {
  workshop = await createWorkshop();
});
afterAll(() => rm(workshop.folder, { recursive: true }));
const at = (name: string): string => join(workshop.folder, name);
const short = ['--density', '0.01', '--max-steps', '2', '--save-steps', '1'];

/** The workshop's base with another configuration, its weights drawn anew. */
async function writeBaseLike(name: string, change: Partial<EncoderConfig>): Promise<string> {
  const { config, ...checkpoint } = await loadCheckpoint(workshop.base);
  const changed = { ...config, ...change };
  const tensors = initializeParameters(baseParameters(changed), changed, 1);
  await writeCheckpoint(at(name), { ...checkpoint, config: changed, tensors });
  return at(name);
}

describe('a base without a pooler', () => {
  it('trains one in the diff, also when it is killed on the way, and evaluates to the same scores', async () => {
    const base = await writeBaseLike('poolerless', { pooler: false });
    const train = [...workshop.train, '--base', base, ...short];
    const once = await runCli([...train, '--out', at('once')]);
    expect(once).toMatchObject({ code: 0 });
    expect(once.stderr).toContain('the base has no pooler: a fresh one is trained with the head');
    for (const crashAt of ['after state.safetensors#1', 'after state.safetensors#2']) {
      const { signal } = await runCli([...train, '--out', at('killed'), '--resume'], { crashAt });
      expect(signal).toBe('SIGKILL');
    }
    expect(await runCli(['train', '--out', at('killed'), '--resume'])).toMatchObject({ code: 0 });
    const diff = at('once/opinion.sdiff');
    expect(await readFile(at('killed/opinion.sdiff'))).toEqual(await readFile(diff));

    const { manifest, tensors } = await readDiff(diff);
    const { config } = await loadCheckpoint(base);
    const d = baseParameters(config).reduce((sum, spec) => sum + parameterSize(spec), 0);
    expect(manifest.base).toMatchObject({ parameters: d, fingerprint: (await readBase(base)).fingerprint });
    const dense = tensors.filter(({ operation }) => operation === 'replace-dense').map(({ name }) => name);
    expect(dense).toEqual([
      ...['bert.pooler.dense.weight', 'bert.pooler.dense.bias', 'classifier.weight', 'classifier.bias'],
    ]);

    const given = ['--base', base, '--diff', diff, '--data', workshop.data];
    const evaluated = await runCli(['evaluate', ...given, '--predictions', at('again.tsv')]);
    expect(evaluated).toMatchObject({ code: 0 });
    expect(await readFile(at('again.tsv'), 'utf8')).toBe(await readFile(at('once/predictions.tsv'), 'utf8'));
  }, 300_000);
});

describe('a base with one token type', () => {
  it('trains on single texts, and refuses pairs before a run begins', async () => {
    const base = await writeBaseLike('one-type', { typeVocabSize: 1 });
    const single = await runCli([...workshop.train, '--base', base, ...short, '--out', at('single')]);
    expect(single).toMatchObject({ code: 0 });

    const pairs = at('pairs');
    await writeTask(pairs, 'similarity', { seed: 1, trainRows: 20, devRows: 10 });
    const given = ['--task', 'similarity', '--data', pairs, '--base', base, '--max-length', '32'];
    const { code, stderr } = await runCli(['train', ...given, '--out', at('refused')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /row 1 is a pair of texts, but the base has one token type .*: it takes single texts/,
    );
    await expect(readdir(at('refused'))).rejects.toThrow('ENOENT');
  }, 300_000);
});

it('refuses a base with too few positions for any text', async () => {
  const base = await writeBaseLike('short', { positions: 4 });
  const train = [...workshop.train, '--base', base, '--max-length', '4', ...short, '--out', at('short-run')];
  expect(await runCli(train)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      'the base has 4 positions (max_position_embeddings), expected at least 5',
    ),
  });

  // and a diff whose inputs are too short
  const { diff, args } = await writeShortDiff();
  expect(await runCli(['evaluate', ...args])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`${diff}: inputs are cut at 2 tokens, too few for task opinion`),
  });
});

/** A diff of the workshop's base, of a head alone, whose inputs have two tokens. */
async function writeShortDiff(): Promise<{ diff: string; args: string[] }> {
  const base = await readBase(workshop.base);
  const head = { kind: 'classification', labels: opinionTask.labels.length } as const;
  const specs = headParameters(base.config, head);
  const values = initializeParameters(specs, base.config, 1);
  const { fingerprint } = base;
  const manifest = createManifest({
    base: { fingerprint },
    ...{
      task: 'opinion',
      labels: opinionTask.labels,
      head: 'classification',
      hyperparameters: { maxLength: 2 },
    },
  });
  const tensors = specs.map(({ name, shape }): DiffTensor => {
    return {
      name,
      shape,
      operation: 'replace-dense',
      positions: new Uint32Array(),
      values: values.get(name)!,
    };
  });
  const diff = at('short.sdiff');
  await writeDiff(diff, { manifest, tensors });
  return { diff, args: ['--base', workshop.base, '--diff', diff, '--data', workshop.data] };
}

it('goes on with a run only while the base has its config.json', async () => {
  const base = await writeBaseLike('changing', {});
  const train = [...workshop.train, '--base', base, ...short, '--out', at('changing-run')];
  expect(await runCli(train, { crashAt: 'after state.safetensors#1' })).toMatchObject({ signal: 'SIGKILL' });
  const path = join(base, 'config.json');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('"hidden_act": "gelu"', '"hidden_act": "relu"'));
  const { code, stderr } = await runCli(['train', '--out', at('changing-run'), '--resume']);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('began with "hidden_act" "gelu" in the base\'s config.json (--base)'),
  });
  await writeFile(path, text);
  expect(await runCli(['train', '--out', at('changing-run'), '--resume'])).toMatchObject({ code: 0 });
}, 300_000);

it("knows the sample model by the fingerprint that Python's hashlib gives", async () => {
  // from the README's definition, over the file's numbers as numpy widens them
  const { fingerprint } = await readBase(sampleModelFolder());
  expect(fingerprint).toBe('84515c4e902baab348e7a9434c676e3e1b65293a5398feadf89ee290c99f2b8a');
});
