import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint, writeCheckpoint } from './checkpoint-folder.ts';
import { baseParameters, parseConfig } from './architectures.ts';
import { initializeParameters } from './initialize.ts';

const config = parseConfig({
  vocab_size: 9,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 8,
  max_position_embeddings: 4,
  type_vocab_size: 2,
});
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'half-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('writes weights in half precision, each within half a unit of its last place', async () => {
  const tensors = initializeParameters(baseParameters(config), config, 1);
  await writeCheckpoint(folder, { config, tensors, heads: [], tokenizerFiles: {} }, { half: true });
  const bytes = await readFile(join(folder, 'model.safetensors'));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, { dtype?: string }>;
  const { __metadata__: metadata, ...entries } = header;
  expect(metadata).toEqual({ format: 'pt' });
  expect(new Set(Object.values(entries).map(({ dtype }) => dtype))).toEqual(new Set(['F16']));
  expect(bytes.length).toBe(
    8 + length + 2 * [...tensors.values()].reduce((sum, { length }) => sum + length, 0),
  );

  const read = await loadCheckpoint(folder);
  for (const [name, values] of tensors) {
    values.forEach((value, i) => {
      const unit = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value)))) - 10);
      expect(Math.abs(read.tensors.get(name)![i]! - value)).toBeLessThanOrEqual(unit / 2);
    });
  }
});

it('refuses a weight that half precision cannot hold', async () => {
  const tensors = initializeParameters(baseParameters(config), config, 1);
  tensors.get('bert.pooler.dense.bias')![3] = -65520;
  const written = writeCheckpoint(folder, { config, tensors, heads: [], tokenizerFiles: {} }, { half: true });
  await expect(written).rejects.toThrow(
    new RangeError(
      'bert.pooler.dense.bias has the value -65520, too large for half precision; write it as float32',
    ),
  );
});
