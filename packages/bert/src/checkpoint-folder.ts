import { mkdir, readdir, unlink } from 'node:fs/promises';
import { openRegularFile, writeFileAtomically, type RegularFile } from '@diffprune/files/node';
import type { StoredTensor } from '@diffprune/tensor-files';
import { writeSafetensorsFile } from '@diffprune/tensor-files/node';
import type { EncoderConfig } from './architecture.ts';
import { architectureOf, baseParameters, serializeConfig } from './architectures.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { readCheckpoint, type Checkpoint, type LoadedCheckpoint } from './checkpoint.ts';
import { headDefinition, headParameters, type Head } from './heads.ts';
import type { ModelFiles } from './model-files.ts';
import { tokenizerFileNames } from './tokenizer-files.ts';
import { weightFiles } from './weights.ts';

/** The files of a folder; none where there is no such folder. */
export async function modelFolder(folder: string): Promise<ModelFiles<RegularFile>> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return { folder, names, open: (name) => openRegularFile(`${folder}/${name}`) };
}

/** Reads a Hugging Face folder, as `readCheckpoint` reads its files. */
export async function loadCheckpoint(folder: string): Promise<LoadedCheckpoint<RegularFile>> {
  return readCheckpoint(await modelFolder(folder));
}

/**
 * Writes a Hugging Face folder that other tools load as it is: `config.json`, `model.safetensors` and the
 * tokenizer's files. Each file appears only when it is complete, the weights last. Of a model that is there already
 * the weights go first, so that they never meet another's configuration, and of its tokenizer nothing stays beside the
 * checkpoint's, if that has one.
 *
 * @param checkpoint at most one head, whose architecture `config.json` then names
 * @param options with `half`, weights in half precision (F16) rather than F32
 * @throws CheckpointError if a parameter is missing or of another size, or for adapters; RangeError if one is too large for F16
 */
export async function writeCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  { half = false }: { readonly half?: boolean } = {},
): Promise<void> {
  const { config, heads, labelNames, tokenizerFiles } = checkpoint;
  if (config.adapters !== undefined) {
    throw new CheckpointError(
      `a Hugging Face folder of a BERT cannot hold adapters: keep them in a diff, beside the base`,
    );
  }
  const [head, ...others] = heads;
  if (others.length > 0) {
    throw new CheckpointError(`a folder holds one head, not ${heads.map(({ kind }) => kind).join(' and ')}`);
  }
  const specs = [...baseParameters(config), ...(head ? headParameters(config, head) : [])];
  const stored = new Map(
    specs.map(({ name, shape }): [string, StoredTensor] => {
      const data = checkpoint.tensors.get(name);
      const size = shape.reduce((product, size) => product * size, 1);
      if (data?.length !== size) {
        throw new CheckpointError(`${name} has ${data?.length ?? 'no'} values, expected ${size}`);
      }
      return [name, { shape, data }];
    }),
  );
  const json = { ...describeHead(config, head, labelNames), ...serializeConfig(config) };
  await mkdir(folder, { recursive: true });
  const remove = (name: string) =>
    unlink(`${folder}/${name}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  for (const name of weightFiles) await remove(name);
  const names = tokenizerFileNames.filter((name) => tokenizerFiles[name] !== undefined);
  for (const name of names.length > 0 ? tokenizerFileNames : []) {
    const text = tokenizerFiles[name];
    if (text === undefined) await remove(name);
    else await writeFileAtomically(`${folder}/${name}`, text);
  }
  await writeFileAtomically(`${folder}/config.json`, `${JSON.stringify(json, null, 2)}\n`);
  await writeSafetensorsFile(`${folder}/model.safetensors`, stored, { metadata: { format: 'pt' }, half });
}

/** The keys of `config.json` by which Hugging Face finds the model class and its labels. */
function describeHead(
  config: EncoderConfig,
  head: Head | undefined,
  labelNames: readonly string[] | undefined,
): Record<string, unknown> {
  const { className: architecture } = architectureOf(config);
  if (head === undefined) return { architectures: [`${architecture}Model`] };
  const definition = headDefinition(head);
  const labels = definition.labelCount(head);
  if (labelNames !== undefined && labelNames.length !== labels) {
    throw new CheckpointError(`${labelNames.length} label names for a head with ${labels ?? 'no'} labels`);
  }
  const { className, settings } = definition.onHub(head, labelNames);
  return { architectures: [architecture + className], ...settings };
}
