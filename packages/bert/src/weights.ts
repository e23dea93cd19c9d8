import { excerpt, excerptJson, sourceJson, type ByteSource } from '@diffprune/files';
import { openPyTorch, openSafetensors, type StoredTensor, type TensorFile } from '@diffprune/tensor-files';
import { CheckpointError } from './checkpoint-error.ts';
import type { ModelFiles } from './model-files.ts';
import { tokenizerFileNames } from './tokenizer-files.ts';

/** Where a folder may hold its weights, the preferred first; an index names the files among which they are divided. */
export const weightFiles = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
] as const;

/** Where it lies, transformers puts an adapter of PEFT over the weights, or over another model's. */
const adapterFile = 'adapter_config.json';

/** Files of a model folder that `loadCheckpoint` reads. */
export function checkpointFiles(names: readonly string[]): string[] {
  const weights = weightFiles.find((name) => names.includes(name));
  if (weights === undefined || !names.includes('config.json')) return [];
  const shards = weights.endsWith('.index.json') ? names.filter(isShardOf(weights)) : [];
  const tokenizer = tokenizerFileNames.filter((name) => names.includes(name));
  const adapter = names.filter((name) => name === adapterFile);
  return ['config.json', ...tokenizer, weights, ...shards, ...adapter];
}

/** `model-00001-of-00002.safetensors` for `model.safetensors.index.json`. */
function isShardOf(index: string): (name: string) => boolean {
  const [stem, ending] = index.split('.');
  const pattern = new RegExp(`^${stem}-\\d{5}-of-\\d{5}\\.${ending}$`);
  return (name) => pattern.test(name);
}

/** The weights of a model folder, whose numbers are read when they are asked for. */
export interface Weights<Source extends ByteSource = ByteSource> {
  /** Path of the file, or of the index of several. */
  readonly path: string;
  /** All files that belong to them, which `close` closes. */
  readonly files: readonly [Source, ...Source[]];
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** @throws SafetensorsError, PyTorchFileError for numbers of a type that is not read */
  read(name: string): Promise<StoredTensor>;
  /** As `read`, of values that nobody may change, and that stay what they are until the next tensor is read. */
  view(name: string): Promise<StoredTensor>;
  close(): Promise<void>;
}

/**
 * Opens the weights of a model folder: `model.safetensors` or `pytorch_model.bin`, whole or in shards.
 *
 * @throws CheckpointError if there are none, or an index is wrong; SafetensorsError, PyTorchFileError, FileError for
 *   files that are malformed
 */
export async function openWeights<Source extends ByteSource>(
  model: ModelFiles<Source>,
): Promise<Weights<Source>> {
  const { folder, names } = model;
  if (names.includes(adapterFile)) {
    throw new CheckpointError(
      `${folder}/${adapterFile} describes an adapter over another model, expected a whole model: put both together ` +
        `and save that (in PEFT: model.merge_and_unload().save_pretrained(folder))`,
    );
  }
  const weights = weightFiles.find((name) => names.includes(name));
  if (weights === undefined) {
    throw new CheckpointError(
      `${folder} holds no weights: expected ${weightFiles.slice(0, -1).join(', ')} or ${weightFiles.at(-1)}, found ${[...names].sort().slice(0, 20).join(', ')}`,
    );
  }
  const file = await model.open(weights);
  const opened = [file];
  const close = async (): Promise<void> => {
    for (const each of opened) await each.close();
  };
  try {
    const path = `${folder}/${weights}`;
    if (!weights.endsWith('.index.json')) {
      return { path, files: [file], ...(await openTensors(file)), close };
    }
    const tensors = await openShards(weights, await readIndex(file), model, async (name) => {
      const shard = await model.open(name);
      opened.push(shard);
      return openTensors(shard);
    });
    return { path, files: [file, ...opened.slice(1)], ...tensors, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openShards(
  weights: string,
  index: ReadonlyMap<string, string>,
  { folder, names }: ModelFiles,
  open: (name: string) => Promise<TensorFile>,
): Promise<TensorFile> {
  const files = new Map<string, TensorFile>();
  for (const shard of new Set(index.values())) {
    if (!names.includes(shard)) {
      throw new CheckpointError(`${folder}/${weights} names ${shard}, which is missing`);
    }
    files.set(shard, await open(shard));
  }
  const shapes = new Map<string, readonly number[]>();
  for (const [name, shard] of index) {
    const shape = files.get(shard)!.shapes.get(name);
    if (shape === undefined) {
      throw new CheckpointError(`${folder}/${shard} lacks ${excerpt(name)}, which ${weights} says it holds`);
    }
    shapes.set(name, shape);
  }
  for (const [shard, file] of files) {
    const unnamed = [...file.shapes.keys()].find((name) => !index.has(name));
    if (unnamed === undefined) continue;
    throw new CheckpointError(
      `${folder}/${shard} holds ${excerpt(unnamed)}, which ${weights} does not name; is it another model's index?`,
    );
  }
  const fileOf = (name: string): TensorFile => files.get(index.get(name)!)!;
  return { shapes, read: (name) => fileOf(name).read(name), view: (name) => fileOf(name).view(name) };
}

const openTensors = (source: ByteSource): Promise<TensorFile> =>
  source.path.endsWith('.safetensors') ? openSafetensors(source) : openPyTorch(source);

/** The file that each tensor is in, by `weight_map` of an index. */
async function readIndex(file: ByteSource): Promise<Map<string, string>> {
  const { path } = file;
  const map = ((await sourceJson(file)) as { weight_map?: unknown } | null)?.weight_map;
  const ending = path.endsWith('.safetensors.index.json') ? '.safetensors' : '.bin';
  const isShard = (file: unknown): file is string =>
    typeof file === 'string' && /^[\w.-]+$/.test(file) && file.endsWith(ending);
  const entries = Object.entries(typeof map === 'object' && map !== null ? map : {});
  const wrong = entries.find(([, file]) => !isShard(file));
  if (entries.length === 0 || wrong) {
    const found = wrong ? `${excerpt(wrong[0])} in ${excerptJson(wrong[1])}` : 'none';
    throw new CheckpointError(
      `${path}: expected "weight_map", which says for each tensor in which ${ending} file it is; found ${found}`,
    );
  }
  return new Map(entries as [string, string][]);
}
