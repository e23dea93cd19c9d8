import { CheckpointError } from './checkpoint-error.ts';
import { readTextIfPresent } from './files.ts';
import { readPyTorchFile } from './pytorch-file.ts';
import { readSafetensorsFile } from './safetensors-file.ts';
import type { StoredTensor } from './safetensors.ts';
import { tokenizerFileNames } from './tokenizer.ts';

/** Where a folder may hold its weights, the preferred first; an index names the files among which they are divided. */
const weightFiles = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
] as const;

/** Files of a model folder that `loadCheckpoint` reads. */
export function checkpointFiles(names: readonly string[]): string[] {
  const weights = weightFiles.find((name) => names.includes(name));
  if (weights === undefined || !names.includes('config.json')) return [];
  const shards = weights.endsWith('.index.json') ? names.filter(isShardOf(weights)) : [];
  const tokenizer = tokenizerFileNames.filter((name) => names.includes(name));
  return ['config.json', ...tokenizer, weights, ...shards];
}

/** `model-00001-of-00002.safetensors` for `model.safetensors.index.json`. */
function isShardOf(index: string): (name: string) => boolean {
  const [stem, ending] = index.split('.');
  const pattern = new RegExp(`^${stem}-\\d{5}-of-\\d{5}\\.${ending}$`);
  return (name) => pattern.test(name);
}

/** The tensors of a model folder. */
export interface Weights {
  /** Path of the file, or of the index of several. */
  readonly path: string;
  /** Paths of all files that were read for them. */
  readonly files: readonly [string, ...string[]];
  readonly tensors: Map<string, StoredTensor>;
}

/**
 * Reads the weights of a model folder: `model.safetensors` or `pytorch_model.bin`, whole or in shards.
 *
 * @throws CheckpointError if there are none, or an index is malformed or wrong; SafetensorsError, PyTorchFileError
 */
export async function readWeights(folder: string): Promise<Weights> {
  const { readdir } = await import('node:fs/promises');
  const names = await readdir(folder);
  const weights = weightFiles.find((name) => names.includes(name));
  if (weights === undefined) {
    throw new CheckpointError(
      `${folder} holds no weights: expected ${weightFiles.slice(0, -1).join(', ')} or ${weightFiles.at(-1)}, found ${names.sort().slice(0, 20).join(', ')}`,
    );
  }
  const path = `${folder}/${weights}`;
  if (!weights.endsWith('.index.json')) return { path, files: [path], tensors: await readFile(path) };

  const index = parseIndex((await readTextIfPresent(path)) ?? '', path);
  const tensors = new Map<string, StoredTensor>();
  const shards = [...new Set(index.values())];
  for (const shard of shards) {
    if (!names.includes(shard)) throw new CheckpointError(`${path} names ${shard}, which is missing`);
    const stored = await readFile(`${folder}/${shard}`);
    for (const [name, file] of index) {
      if (file !== shard) continue;
      const tensor = stored.get(name);
      if (!tensor)
        throw new CheckpointError(`${folder}/${shard} lacks ${name}, which ${weights} says it holds`);
      tensors.set(name, tensor);
    }
  }
  return { path, files: [path, ...shards.map((shard) => `${folder}/${shard}`)], tensors };
}

const readFile = (path: string): Promise<Map<string, StoredTensor>> =>
  path.endsWith('.safetensors') ? readSafetensorsFile(path) : readPyTorchFile(path);

/** The file that each tensor is in, by `weight_map` of an index. */
function parseIndex(text: string, path: string): Map<string, string> {
  let json: { weight_map?: Record<string, unknown> } | null;
  try {
    json = JSON.parse(text) as typeof json;
  } catch (error) {
    throw new CheckpointError(`${path} is not JSON (${(error as Error).message})`);
  }
  const ending = path.endsWith('.safetensors.index.json') ? '.safetensors' : '.bin';
  const isShard = (file: unknown): file is string =>
    typeof file === 'string' && /^[\w.-]+$/.test(file) && file.endsWith(ending);
  const entries = Object.entries(json?.weight_map ?? {});
  const wrong = entries.find(([, file]) => !isShard(file));
  if (entries.length === 0 || wrong) {
    const found = wrong ? `${wrong[0]} in ${JSON.stringify(wrong[1])}` : 'none';
    throw new CheckpointError(
      `${path}: expected "weight_map", which says for each tensor in which ${ending} file it is; found ${found}`,
    );
  }
  return new Map(entries as [string, string][]);
}
