import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  baseParameters,
  headParameters,
  initializeParameters,
  serializeConfig,
  type EncoderConfig,
  type Head,
} from '@diffprune/bert';
import { loadCheckpoint, writeCheckpoint } from '@diffprune/bert/node';
import { exitCode } from '@diffprune/command-line';
import { applyDiff, classify, loadBase, type Base } from '@diffprune/inference/node';
import { createManifest, type DiffTensor, type Properties, type SparseDiff } from '@diffprune/sparse-diff';
import { readDiff, writeDiff } from '@diffprune/sparse-diff/node';
import { readSafetensorsFile, writeSafetensorsFile } from '@diffprune/tensor-files/node';
import { applyCommand } from './apply-command.ts';
import { extractCommand } from './extract-command.ts';
import { classification, config, temporaryFolder, vocabulary, writeBase } from './tiny-model.fixture.ts';

const tokenizerFiles = { 'vocab.txt': `${vocabulary}\n` };

/** A model of random weights with these heads in a folder. */
async function writeModel(model: EncoderConfig, heads: readonly Head[], seed = 1): Promise<string> {
  const folder = await temporaryFolder();
  const specs = [...baseParameters(model), ...heads.flatMap((head) => headParameters(model, head))];
  const tensors = initializeParameters(specs, { initializerRange: 0.2 }, seed);
  await writeCheckpoint(folder, { config: model, tensors, heads, tokenizerFiles });
  return folder;
}

/** A diff that brings a dense head, with a pooler where the base has none. */
function headDiff({ config, fingerprint, parameters }: Base): SparseDiff {
  const specs = headParameters(config, classification);
  const values = initializeParameters(specs, { initializerRange: 1 }, 5);
  return {
    manifest: createManifest({
      base: { fingerprint, parameters, architecture: serializeConfig(config) as Properties },
      task: 'mine',
      labels: ['bad', 'good'],
      head: 'classification',
      method: 'by hand',
    }),
    tensors: specs.map(({ name, shape }): DiffTensor => {
      const positions = new Uint32Array();
      return { name, shape, operation: 'replace-dense', positions, values: values.get(name)! };
    }),
  };
}

const bytesOf = ({ tensors }: Base) =>
  [...tensors].map(([name, { data }]) => [
    name,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
  ]);

async function refusal(action: Promise<unknown>): Promise<string> {
  const error: unknown = await action.then(
    () => new Error('not refused'),
    (error: unknown) => error,
  );
  expect(exitCode(error)).toBe(2);
  return (error as Error).message;
}

describe.each<[string, readonly Head[]]>([
  ['a masked LM', [{ kind: 'masked-lm' }]],
  ['a question-answering model', [{ kind: 'span' }]],
  ['an encoder without a pooling layer', []],
])('a base that is %s', (_, heads) => {
  it('takes a diff with a pooler of its own, and is as it was without it', async () => {
    const folder = await writeModel({ ...config, pooler: false }, heads);
    const base = await loadBase(folder, { threads: 1 });
    expect([...base.tensors.keys()].filter((name) => name.includes('pooler'))).toEqual([]);
    const before = bytesOf(base);
    const diff = headDiff(base);
    expect(diff.tensors.map(({ name }) => name)).toContain('bert.pooler.dense.weight');
    const model = await applyDiff(base, diff);
    const answer = await classify(model, 'the film was good');

    // the same numbers from a plain folder, whose pooler is the base's
    const file = join(await temporaryFolder(), 'mine.sdiff');
    await writeDiff(file, diff);
    model.revert();
    expect(bytesOf(base)).toEqual(before);
    const out = join(await temporaryFolder(), 'applied');
    await applyCommand({ base: folder, diff: file, out });
    const written = await loadCheckpoint(out);
    expect(written.heads).toEqual([classification]);
    expect(written.config.pooler).toBe(true);
    for (const { name, values } of diff.tensors) expect(written.tensors.get(name)).toEqual(values);

    // and a diff from that folder, for the base without a pooler
    const extracted = join(await temporaryFolder(), 'extracted.sdiff');
    await extractCommand({ base: folder, fineTuned: out, density: 0.01, out: extracted, task: 'mine' });
    const { tensors } = await readDiff(extracted);
    expect(tensors.filter(({ operation }) => operation === 'replace-dense').map(({ name }) => name)).toEqual(
      diff.tensors.map(({ name }) => name),
    );
    const again = await applyDiff(base, extracted);
    const { probabilities } = await classify(again, 'the film was good');
    expect([...probabilities!.values()]).toEqual([...answer.probabilities!.values()]);
    again.revert();
    expect(bytesOf(base)).toEqual(before);
    await base.predictors.dispose();
  });
});

describe('extract', () => {
  it.each<[string, () => Promise<string>, RegExp]>([
    [
      'a masked LM',
      () => writeModel({ ...config, pooler: false }, [{ kind: 'masked-lm' }]),
      /a masked-LM head/,
    ],
    ['a model without a head', () => writeModel(config, []), /has no head, expected one/],
    [
      'a model with a class for each token',
      async () => {
        const folder = await writeModel(config, [classification]);
        const file = join(folder, 'model.safetensors');
        const stored = await readSafetensorsFile(file);
        for (const name of [...stored.keys()]) if (name.includes('pooler')) stored.delete(name);
        await writeSafetensorsFile(file, stored);
        return folder;
      },
      /has a head that classifies each token, or of several labels at once, expected/,
    ],
    [
      'a model whose config.json names other labels',
      async () => {
        const folder = await writeModel(config, [classification]);
        const path = join(folder, 'config.json');
        const json = JSON.parse(await readFile(path, 'utf8')) as object;
        await writeFile(path, JSON.stringify({ ...json, id2label: { 0: 'a', 1: 'b', 2: 'c' } }));
        return folder;
      },
      /config.json: "id2label" is .*, expected 2 different names/,
    ],
  ])('says what %s has', async (_, make, message) => {
    const options = {
      base: await writeBase(),
      density: 0.1,
      task: '',
      out: join(await temporaryFolder(), 'x.sdiff'),
    };
    expect(await refusal(extractCommand({ ...options, fineTuned: await make() }))).toMatch(message);
  });
});

describe('a base with one token type', () => {
  it('takes single texts, and refuses pairs', async () => {
    const base = await loadBase(await writeModel({ ...config, typeVocabSize: 1 }, []), { threads: 1 });
    const model = await applyDiff(base, headDiff(base));
    const { probabilities } = await classify(model, 'the film was good');
    expect(probabilities!.get('bad')! + probabilities!.get('good')!).toBeCloseTo(1, 6);
    const pair = classify(model, { textA: 'the film', textB: 'a film' });
    expect(await refusal(pair)).toMatch(
      /a pair of texts, but the base has one token type \(type_vocab_size 1/,
    );
    await base.predictors.dispose();
  });
});

describe('a base with another config.json', () => {
  it.each([
    ['num_attention_heads', 4],
    ['hidden_act', 'relu'],
    ['layer_norm_eps', 0.1],
  ])('is refused: %s %s', async (key, value) => {
    const folder = await writeBase();
    const diff = headDiff(await loadBase(folder));
    const path = join(folder, 'config.json');
    const json = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...json, [key]: value }));
    const message = await refusal(applyDiff(await loadBase(folder), diff));
    const had = JSON.stringify(json[key]);
    expect(message).toContain(
      `has "${key}" ${had}, this one's has ${JSON.stringify(value)}; restore the config.json`,
    );
  });
});

describe('a folder that is no model', () => {
  const deep = '{"a":'.repeat(1e5);
  it.each<[string, (folder: string) => Promise<unknown>, RegExp]>([
    ['a configuration without end', async (to) => (await rm(join(to, 'config.json')), symlink('/dev/zero', join(to, 'config.json'))), /config.json: it is a device, expected a file/], // prettier-ignore
    ['a deep configuration', (to) => writeFile(join(to, 'config.json'), deep), /config.json: JSON of more than 100 levels/], // prettier-ignore
    ['a long configuration', (to) => writeFile(join(to, 'config.json'), ' '.repeat(2 ** 24 + 1)), /config.json: 16777217 bytes, expected at most/], // prettier-ignore
    ['a folder as configuration', async (to) => (await rm(join(to, 'config.json')), mkdir(join(to, 'config.json'))), /config.json: it is a folder, expected a file/], // prettier-ignore
    ['a pipe as weights', async (to) => (await rm(join(to, 'model.safetensors')), execFileSync('mkfifo', [join(to, 'model.safetensors')])), /model.safetensors: it is a pipe, expected a file/], // prettier-ignore
    ['a folder as weights', async (to) => (await rm(join(to, 'model.safetensors')), mkdir(join(to, 'model.safetensors'))), /model.safetensors: it is a folder/], // prettier-ignore
    ['a pipe as vocabulary', async (to) => (await rm(join(to, 'vocab.txt')), execFileSync('mkfifo', [join(to, 'vocab.txt')])), /vocab.txt: it is a pipe/], // prettier-ignore
  ])('is refused at once: %s', async (_, damage, message) => {
    const folder = await writeBase();
    await damage(folder);
    expect(await refusal(loadBase(folder))).toMatch(message);
  });

  it('is refused at once: a billion layers', async () => {
    const folder = await writeBase();
    const path = join(folder, 'config.json');
    for (const layers of [1e6, 1e9]) {
      const json = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
      await writeFile(path, JSON.stringify({ ...json, num_hidden_layers: layers }));
      expect(await refusal(loadBase(folder))).toContain(
        `"num_hidden_layers" is ${layers}, expected an integer from 1`,
      );
    }
  });
});
