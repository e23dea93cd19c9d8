import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensorsFile, writeSafetensorsFile } from '@diffprune/tensor-files/node';
import { loadCheckpoint, writeCheckpoint } from './checkpoint-folder.ts';
import { baseParameters, parseConfig } from './architectures.ts';
import { headParameters } from './heads.ts';
import { fuzz } from './fuzz.fixture.ts';
import { initializeParameters } from './initialize.ts';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/bert/${name}`, import.meta.url));
const config = parseConfig({
  vocab_size: 7,
  hidden_size: 4,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 8,
  max_position_embeddings: 5,
  type_vocab_size: 2,
});
const head = { kind: 'classification', labels: 3 } as const;

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'bert-fuzz-'));
});
afterAll(() => rm(scratch, { recursive: true }));

/** Folders with each kind of weights. */
async function models(): Promise<string[]> {
  const folder = (name: string) => join(scratch, name);
  const specs = [...baseParameters(config), ...headParameters(config, head)];
  const tensors = initializeParameters(specs, config, 3);
  const checkpoint = { config, tensors, heads: [head], tokenizerFiles: {} };
  await writeCheckpoint(folder('single'), checkpoint);
  await writeCheckpoint(folder('half'), checkpoint, { half: true });
  await writeCheckpoint(folder('shards'), checkpoint);
  const whole = join(folder('shards'), 'model.safetensors');
  const stored = [...(await readSafetensorsFile(whole))];
  const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
  await writeSafetensorsFile(join(folder('shards'), shards[0]), new Map(stored.slice(0, 9)));
  await writeSafetensorsFile(join(folder('shards'), shards[1]), new Map(stored.slice(9)));
  await rename(whole, join(folder('shards'), 'whole'));
  const map = Object.fromEntries(stored.map(([name], i) => [name, shards[i < 9 ? 0 : 1]]));
  await writeFile(`${whole}.index.json`, JSON.stringify({ weight_map: map }));
  for (const form of ['zip', 'legacy']) {
    await mkdir(folder(form));
    await copyFile(fixture('config.json'), join(folder(form), 'config.json'));
    await copyFile(fixture(`pytorch_model.${form}.bin`), join(folder(form), 'pytorch_model.bin'));
  }
  const all = ['single', 'half', 'shards', 'zip', 'legacy'].map(folder);
  for (const model of all) await loadCheckpoint(model);
  return all;
}

describe('damaged model files', () => {
  const seed = Date.now() % 2 ** 31;

  it(`end in a model or an error that names what is wrong (seed ${seed})`, async () => {
    const { accepted, refused } = await fuzz(await models(), seed, 600);
    expect(accepted).toBeGreaterThan(20);
    for (const name of [
      'CheckpointError',
      'BertConfigError',
      'FileError',
      'SafetensorsError',
      'PyTorchFileError',
    ]) {
      expect(refused[name] ?? 0).toBeGreaterThan(0);
    }
  });
});
