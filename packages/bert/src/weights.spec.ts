import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileError } from '@diffprune/files';
import { readPyTorchFile, readSafetensorsFile, writeSafetensorsFile } from '@diffprune/tensor-files/node';
import { CheckpointError } from './checkpoint-error.ts';
import { readCheckpoint } from './checkpoint.ts';
import { memoryFiles } from './model-files.ts';
import { loadCheckpoint, modelFolder, writeCheckpoint } from './checkpoint-folder.ts';
import { baseParameters, parseConfig } from './architectures.ts';
import { initializeParameters } from './initialize.ts';
import { checkpointFiles, openWeights } from './weights.ts';

const scratch = () => mkdtemp(join(tmpdir(), 'weights-'));

const config = parseConfig({
  vocab_size: 7,
  hidden_size: 4,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 8,
  max_position_embeddings: 5,
  type_vocab_size: 2,
});
const tensors = initializeParameters(baseParameters(config), config, 3);

/** A model folder whose weights are divided among two files. */
async function sharded(): Promise<{ folder: string; index: string; shards: string[] }> {
  const folder = await scratch();
  await writeCheckpoint(folder, { config, tensors, heads: [], tokenizerFiles: { 'vocab.txt': 'a\n' } });
  const stored = [...(await readSafetensorsFile(join(folder, 'model.safetensors')))];
  await rm(join(folder, 'model.safetensors'));
  const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
  await writeSafetensorsFile(join(folder, shards[0]!), new Map(stored.slice(0, 9)));
  await writeSafetensorsFile(join(folder, shards[1]!), new Map(stored.slice(9)));
  const weight_map = Object.fromEntries(stored.map(([name], i) => [name, shards[i < 9 ? 0 : 1]]));
  const index = join(folder, 'model.safetensors.index.json');
  await writeFile(index, JSON.stringify({ metadata: { total_size: 1 }, weight_map }));
  return { folder, index, shards };
}

describe('loadCheckpoint', () => {
  it('reads weights in shards', async () => {
    const { folder, index, shards } = await sharded();
    const loaded = await loadCheckpoint(folder);
    expect(loaded.tensors).toEqual(tensors);
    expect(loaded.weightFiles.map(({ path }) => path)).toEqual([
      index,
      ...shards.map((shard) => join(folder, shard)),
    ]);
  });

  it('names a shard that is missing, and a tensor that a shard lacks', async () => {
    const { folder, index, shards } = await sharded();
    await rename(join(folder, shards[1]!), join(folder, 'aside'));
    await expect(loadCheckpoint(folder)).rejects.toThrow(`${index} names ${shards[1]}, which is missing`);
    await writeSafetensorsFile(join(folder, shards[1]!), new Map());
    await expect(loadCheckpoint(folder)).rejects.toThrow(
      /model-00002-of-00002.safetensors lacks bert\.\S+, which model.safetensors.index.json says it holds/,
    );
  });

  it('refuses a tensor of a shard that the index does not name', async () => {
    const { folder, index, shards } = await sharded();
    const { weight_map } = JSON.parse(await readFile(index, 'utf8')) as {
      weight_map: Record<string, string>;
    };
    const pooler = Object.entries(weight_map).filter(([name]) => !name.startsWith('bert.pooler.'));
    await writeFile(index, JSON.stringify({ weight_map: Object.fromEntries(pooler) }));
    await expect(loadCheckpoint(folder)).rejects.toThrow(CheckpointError);
    await expect(loadCheckpoint(folder)).rejects.toThrow(
      `${folder}/${shards[1]} holds bert.pooler.dense.weight, which model.safetensors.index.json does not name`,
    );
  });

  it('refuses an adapter, with a whole model beside it or without', async () => {
    const { folder, index } = await sharded();
    await writeFile(join(folder, 'adapter_config.json'), '{"peft_type": "LORA"}');
    const message = `${folder}/adapter_config.json describes an adapter over another model`;
    await expect(loadCheckpoint(folder)).rejects.toThrow(message);
    await rm(index);
    await expect(loadCheckpoint(folder)).rejects.toThrow(message);
  });

  it.each([
    ['null', /expected "weight_map", .* found none/],
    ['{"weight_map": {}}', /found none/],
    ['{"weight_map": {"w": "../other.safetensors"}}', /found w in "..\/other.safetensors"/],
    ['{"weight_map": {"w": "pytorch_model.bin"}}', /found w in "pytorch_model.bin"/],
    ['{"weight_map": {"w": 1}}', /found w in 1/],
  ])('refuses the index %s', async (text, message) => {
    const { folder, index } = await sharded();
    await writeFile(index, text);
    await expect(loadCheckpoint(folder)).rejects.toThrow(CheckpointError);
    await expect(loadCheckpoint(folder)).rejects.toThrow(message);
  });
});

it('refuses an index that is not JSON', async () => {
  const { folder, index } = await sharded();
  await writeFile(index, '{');
  await expect(loadCheckpoint(folder)).rejects.toThrow(/index.json: it is not JSON/);
  await expect(loadCheckpoint(folder)).rejects.toThrow(FileError);
});

it('reads bytes in memory as it reads a folder', async () => {
  const { folder, shards } = await sharded();
  const names = ['config.json', 'vocab.txt', 'model.safetensors.index.json', ...shards];
  const files: Record<string, Uint8Array> = {};
  for (const name of names) files[name] = await readFile(join(folder, name));
  const { weightFiles, configFile, ...read } = await readCheckpoint(memoryFiles(files, folder));
  const { weightFiles: stamped, configFile: _, ...loaded } = await loadCheckpoint(folder);
  expect(read).toEqual(loaded);
  expect(weightFiles.map(({ path, bytes }) => [path, bytes])).toEqual(
    stamped.map(({ path, bytes }) => [path, bytes]),
  );
  expect(configFile.path).toBe(join(folder, 'config.json'));
});

describe('a BERT that PyTorch saved', () => {
  const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

  it.each(['zip', 'legacy'])('loads from its %s form as its numbers are', async (form) => {
    const folder = await scratch();
    for (const name of ['config.json', 'vocab.txt']) {
      await writeFile(join(folder, name), await readFile(fixture(`bert/${name}`)));
    }
    const bin = join(folder, 'pytorch_model.bin');
    await writeFile(bin, await readFile(fixture(`bert/pytorch_model.${form}.bin`)));
    const { tensors, heads, ignored, weightFiles } = await loadCheckpoint(folder);
    expect(weightFiles).toEqual([expect.objectContaining({ path: bin })]);
    expect(heads).toEqual([{ kind: 'classification', labels: 2 }]);
    expect(ignored).toEqual(['bert.embeddings.position_ids']);
    // Element k of tensor number n has the value (n + 1) + k / 1024; tensors in the order of the file.
    const names = [...(await readPyTorchFile(bin)).keys()].filter((name) => !name.endsWith('position_ids'));
    for (const [name, data] of tensors) {
      const old = name
        .replace('LayerNorm.weight', 'LayerNorm.gamma')
        .replace('LayerNorm.bias', 'LayerNorm.beta');
      const n = names.indexOf(old);
      expect(n).toBeGreaterThanOrEqual(0);
      expect(data).toEqual(Float32Array.from(data, (_, k) => n + 1 + k / 1024));
    }

    // The same in two shards.
    await rename(bin, join(folder, 'pytorch_model-00001-of-00001.bin'));
    const map = [...names, 'bert.embeddings.position_ids'].map((name) => [
      name,
      'pytorch_model-00001-of-00001.bin',
    ]);
    await writeFile(`${bin}.index.json`, JSON.stringify({ weight_map: Object.fromEntries(map) }));
    expect((await loadCheckpoint(folder)).tensors).toEqual(tensors);
  });
});

describe('checkpointFiles', () => {
  it.each<[string, string[], string[]]>([
    [
      'prefers safetensors',
      ['pytorch_model.bin', 'model.safetensors', 'config.json', 'vocab.txt', 'README.md', 'tf_model.h5'],
      ['config.json', 'vocab.txt', 'model.safetensors'],
    ],
    [
      'takes PyTorch files where there is nothing else',
      ['config.json', 'pytorch_model.bin'],
      ['config.json', 'pytorch_model.bin'],
    ],
    [
      'takes all shards',
      [
        'config.json',
        'model.safetensors.index.json',
        'model-00001-of-00002.safetensors',
        'model-00002-of-00002.safetensors',
        'pytorch_model-00001-of-00001.bin',
      ],
      [
        'config.json',
        'model.safetensors.index.json',
        'model-00001-of-00002.safetensors',
        'model-00002-of-00002.safetensors',
      ],
    ],
    [
      'brings what says that there is an adapter',
      ['adapter_config.json', 'adapter_model.safetensors', 'config.json', 'model.safetensors'],
      ['config.json', 'model.safetensors', 'adapter_config.json'],
    ],
    ['finds nothing without weights', ['config.json', 'tf_model.h5'], []],
    ['finds nothing without a configuration', ['model.safetensors'], []],
  ])('%s', (_, names, expected) => expect(checkpointFiles(names)).toEqual(expected));

  it('is what openWeights reads', async () => {
    const { folder, index, shards } = await sharded();
    const names = ['config.json', 'model.safetensors.index.json', ...shards];
    const weights = await openWeights(await modelFolder(folder));
    await weights.close();
    const files = weights.files.map(({ path }) => path);
    expect(files).toEqual([index, ...shards.map((shard) => join(folder, shard))]);
    expect(checkpointFiles(names).slice(1)).toEqual(files.map((file) => file.slice(folder.length + 1)));
  });
});
