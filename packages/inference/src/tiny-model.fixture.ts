import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addedParameters,
  baseParameters,
  createAdapters,
  initializeParameters,
  parameterSize,
  parseConfig,
  type Head,
} from '@diffprune/bert';
import { writeCheckpoint } from '@diffprune/bert/node';
import {
  createManifest,
  fingerprintTensors,
  type DiffTensor,
  type Manifest,
  type Operation,
  type SparseDiff,
} from '@diffprune/sparse-diff';

export const config = parseConfig({
  model_type: 'bert',
  vocab_size: 20,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 24,
  max_position_embeddings: 24,
  type_vocab_size: 2,
  initializer_range: 0.2,
});

const words = 'the a film soup was is not very good bad dull great he left'.split(' ');
const vocabulary = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...words, '.'].join('\n');

export const classification: Head = { kind: 'classification', labels: 2 };

/** Values of the tiny base's parameters. */
function baseValues(seed = 1): Map<string, Float32Array> {
  return initializeParameters(baseParameters(config), config, seed);
}

/** Writes a base of random weights as a Hugging Face folder. */
export async function writeBase(seed = 1): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'inference-'));
  const tokenizerFiles = { 'vocab.txt': `${vocabulary}\n` };
  await writeCheckpoint(folder, { config, tensors: baseValues(seed), heads: [], tokenizerFiles });
  return folder;
}

/** A diff that changes every 17th entry, with a random head, and adapters where the manifest has them. */
export async function makeDiff(
  manifest: Partial<Omit<Manifest, 'base'>> = {},
  head: Head = classification,
  seed = 9,
): Promise<SparseDiff> {
  const base = baseValues();
  const shaped = baseParameters(config).map(
    ({ name, shape }) => [name, { shape, data: base.get(name)! }] as const,
  );
  const parameters = shaped.reduce((sum, [, { data }]) => sum + data.length, 0);
  const { kind, bottleneck, nonLinearity } = manifest.adapters ?? {};
  const adapters = kind === undefined ? undefined : createAdapters(kind, bottleneck!, nonLinearity!);
  const added = addedParameters({ ...config, adapters }, head);
  const addedValues = initializeParameters(added, { initializerRange: 1 }, seed);
  return {
    manifest: createManifest({
      base: { fingerprint: await fingerprintTensors(shaped), parameters },
      task: 'mine',
      labels: head.kind === 'classification' ? ['bad', 'good'] : [],
      head: head.kind,
      method: 'by hand',
      hyperparameters: { maxLength: 16 },
      ...manifest,
    }),
    tensors: [
      ...baseParameters(config).map(({ name, shape }): DiffTensor => {
        const positions = Uint32Array.from(
          { length: Math.ceil(parameterSize({ shape }) / 17) },
          (_, i) => 17 * i,
        );
        const values = Float32Array.from(positions, (p) => 0.3 * Math.sin(p + seed));
        return { name, shape, operation: 'add', positions, values };
      }),
      ...added.map(({ name, shape }): DiffTensor => {
        return {
          name,
          shape,
          operation: 'replace-dense',
          positions: new Uint32Array(),
          values: addedValues.get(name)!,
        };
      }),
    ],
  };
}

/** As {@link makeDiff}, the tensors of the base with another operation. */
export async function withOperation(operation: Operation): Promise<SparseDiff> {
  const diff = await makeDiff();
  const tensors = diff.tensors.map((tensor): DiffTensor => {
    if (tensor.operation !== 'add') return tensor;
    if (operation === 'zero') return { ...tensor, operation, values: new Float32Array() };
    if (operation !== 'replace-dense') return { ...tensor, operation };
    const values = Float32Array.from({ length: parameterSize(tensor) }, (_, i) => Math.cos(i) / 3);
    return { ...tensor, operation, positions: new Uint32Array(), values };
  });
  return { ...diff, tensors };
}

/** θ + δ and the head, computed here. */
export function changedValues(diff: SparseDiff): Record<string, Float32Array> {
  const values = baseValues();
  for (const { name, operation, positions, values: change } of diff.tensors) {
    if (operation === 'replace-dense') values.set(name, change);
    else
      positions.forEach((p, i) => (values.get(name)![p] = Math.fround(values.get(name)![p]! + change[i]!)));
  }
  return Object.fromEntries(values);
}
