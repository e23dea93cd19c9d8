import { excerpt } from '@diffprune/files';
import type { FileStamp } from '@diffprune/files/node';
import type { StoredTensor } from '@diffprune/tensor-files';
import type { EncoderConfig } from './architecture.ts';
import { architectureOf, baseParameters, parseConfig, serializeConfig } from './architectures.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { findHeads, headDefinition, headParameters, type Head } from './heads.ts';
import { readLabels } from './label-names.ts';
import type { ParameterSpec, Tensors } from './parameters.ts';
import {
  largestTokenizerFile,
  type TokenizerFileName,
  tokenizerFileNames,
  type TokenizerFiles,
} from './tokenizer-files.ts';
import { openWeights, weightFiles, type Weights } from './weights.ts';

/** A pretrained or fine-tuned BERT, as a Hugging Face folder holds it. */
export interface Checkpoint {
  readonly config: EncoderConfig;
  /** All base parameters and those of `heads`, by canonical name. */
  readonly tensors: Tensors;
  /** The heads whose parameters are all there. */
  readonly heads: readonly Head[];
  /** Names of a classification head's labels in order, where `config.json` gives them. */
  readonly labelNames?: readonly string[];
  readonly tokenizerFiles: TokenizerFiles;
}

/** A checkpoint, and what is known of the folder that it came from. */
export interface LoadedCheckpoint extends Checkpoint {
  /** Why what `config.json` says of labels cannot be meant for the head that there is. */
  readonly labelProblem?: string;
  /** Tensors outside the base that belong to no known head. */
  readonly ignored: readonly string[];
  /** The files that hold the weights, and `config.json`, as they were when they were read. */
  readonly weightFiles: readonly [FileStamp, ...FileStamp[]];
  readonly configFile: FileStamp;
}

/**
 * Reads a Hugging Face folder: `config.json`, the tokenizer's files, and the weights, from the first that there is of
 * `model.safetensors`, `model.safetensors.index.json`, `pytorch_model.bin` and `pytorch_model.bin.index.json`. Tensor
 * names may come without the `bert.` prefix and with LayerNorm's old `gamma` and `beta`. Where there is no pooler, the
 * configuration says so. Only tensors of the model are read; others may hold numbers of any type.
 *
 * @throws CheckpointError naming files or tensors that are missing, of another shape, or not part of a BERT;
 *   BertConfigError, SafetensorsError, PyTorchFileError and FileError for files that are malformed
 */
export async function loadCheckpoint(folder: string): Promise<LoadedCheckpoint> {
  const { config: described, json, stamp } = await readConfig(folder);
  const weights = await openWeights(folder);
  try {
    const architecture = architectureOf(described);
    const named = canonicalNames(weights, described);
    const pooler = architecture.poolerParameters(described).some(({ name }) => named.has(name));
    const config = { ...described, pooler };
    const base = baseParameters(config);
    const missing = base.filter(({ name }) => !named.has(name)).map(({ name }) => name);
    if (missing.length > 0) {
      throw new CheckpointError(`${weights.path} lacks ${list(missing)}${adviceOnPrefix(weights, config)}`);
    }

    const shape = (name: string) => weights.shapes.get(named.get(name) ?? '');
    const heads = findHeads({ config, shape, json });
    const specs = [...base, ...heads.flatMap((head) => headParameters(config, head))];
    for (const spec of specs) checkShape(spec, weights, named);
    const known = new Set(specs.map(({ name }) => name));
    const ignored = [...named.keys()].filter((name) => !known.has(name));
    const foreign = ignored.filter(
      (name) => name.startsWith(architecture.prefix) && !/\.(position|token_type)_ids$/.test(name),
    );
    if (foreign.length > 0) {
      throw new CheckpointError(
        `${weights.path} holds ${list(foreign)}, which a BERT with this config.json does not have; is it the right config.json?`,
      );
    }
    const tokenizerFiles = await readTokenizerFiles(folder, config.vocabSize);
    const tensors: Tensors = new Map();
    for (const spec of specs) tensors.set(spec.name, await readValues(spec, weights, named));
    return {
      ...{ config, tensors, heads, ...readLabels(json, heads), tokenizerFiles, ignored },
      ...{ weightFiles: weights.files, configFile: stamp },
    };
  } finally {
    await weights.close();
  }
}

async function readTokenizerFiles(folder: string, vocabSize: number): Promise<TokenizerFiles> {
  const { readTextIfPresent } = await import('@diffprune/files/node');
  const tokenizerFiles: { -readonly [name in TokenizerFileName]?: string } = {};
  for (const name of tokenizerFileNames) {
    const text = await readTextIfPresent(`${folder}/${name}`, largestTokenizerFile(vocabSize));
    if (text !== undefined) tokenizerFiles[name] = text;
  }
  return tokenizerFiles;
}

/**
 * Writes a Hugging Face folder that other tools load as it is: `config.json`, `model.safetensors` and the
 * tokenizer's files. Each file appears only when it is complete, the weights last. Of a model that is there already
 * the weights go first, so that they never meet another's configuration, and of its tokenizer nothing stays beside the
 * checkpoint's, if that has one.
 *
 * @param checkpoint at most one head, whose architecture `config.json` then names
 * @param options with `half`, weights in half precision (F16) rather than F32
 * @throws CheckpointError if a parameter is missing or of another size; RangeError if one is too large for F16
 */
export async function writeCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  { half = false }: { readonly half?: boolean } = {},
): Promise<void> {
  const { config, heads, labelNames, tokenizerFiles } = checkpoint;
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
  const { mkdir, unlink } = await import('node:fs/promises');
  const { writeFileAtomically } = await import('@diffprune/files/node');
  const { writeSafetensorsFile } = await import('@diffprune/tensor-files/node');
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

/**
 * Reads the `config.json` of a model folder.
 *
 * @returns what it says of the architecture, and the whole of it
 * @throws CheckpointError if it is missing, FileError if it is not JSON, BertConfigError if it is not that of a BERT
 */
export async function readConfig(
  folder: string,
): Promise<{ config: EncoderConfig; json: Record<string, unknown>; stamp: FileStamp }> {
  const { readStampedJson } = await import('@diffprune/files/node');
  const path = `${folder}/config.json`;
  const { value, stamp } = await readStampedJson(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new CheckpointError(
      `${path} is missing; a model folder holds config.json, weights and the tokenizer's files`,
    );
  });
  return { config: parseConfig(value, path), json: value as Record<string, unknown>, stamp };
}

/**
 * The stored name of each tensor, by its canonical one: with the architecture's prefix (`bert.`), and with today's
 * endings.
 */
function canonicalNames({ shapes, path }: Weights, config: EncoderConfig): Map<string, string> {
  const { prefix, renamedEndings, poolerParameters } = architectureOf(config);
  const ofBase = [...baseParameters(config), ...poolerParameters(config)];
  const modules = new Set(ofBase.map(({ name }) => name.slice(prefix.length).split('.', 1)[0]!));
  const prefixed = [...shapes.keys()].some((name) => name.startsWith(prefix));
  const names = new Map<string, string>();
  for (const stored of shapes.keys()) {
    const bare = !prefixed && modules.has(stored.split('.', 1)[0]!);
    let name = bare ? prefix + stored : stored;
    for (const [old, now] of Object.entries(renamedEndings)) {
      if (name.endsWith(old)) name = name.slice(0, -old.length) + now;
    }
    const other = names.get(name);
    if (other !== undefined) {
      throw new CheckpointError(
        `${path} holds both ${list([other, stored])}, which are one tensor of a BERT`,
      );
    }
    names.set(name, stored);
  }
  return names;
}

/** What to do about names that come with what a wrapper of the model put before them, such as `module.`. */
function adviceOnPrefix({ shapes }: Weights, config: EncoderConfig): string {
  const { prefix } = architectureOf(config);
  const words = baseParameters(config)[0]!.name.slice(prefix.length);
  const found = [...shapes.keys()].find((name) => name.endsWith(`.${words}`));
  const before = found?.slice(0, -words.length) ?? '';
  const wrapper = before.endsWith(prefix) ? before.slice(0, -prefix.length) : before;
  if (wrapper === '') return '';
  return `; its names begin with "${excerpt(wrapper)}": save the model without what was put around it`;
}

function checkShape(
  { name, shape }: ParameterSpec,
  { shapes, path }: Weights,
  named: ReadonlyMap<string, string>,
): void {
  const found = shapes.get(named.get(name)!)!;
  if (found.join() === shape.join()) return;
  throw new CheckpointError(
    `${path}: ${name} holds shape [${excerpt(found.join(', '))}], expected shape [${shape.join(', ')}] of floats by config.json`,
  );
}

async function readValues(
  { name, shape }: ParameterSpec,
  weights: Weights,
  named: ReadonlyMap<string, string>,
): Promise<Float32Array> {
  const { data } = await weights.read(named.get(name)!);
  if (data instanceof Float32Array) return data;
  throw new CheckpointError(
    `${weights.path}: ${name} holds integers, expected shape [${shape.join(', ')}] of floats by config.json`,
  );
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

/** Names for a message: all of a few, some of many. */
function list(names: readonly string[]): string {
  const shown = names
    .slice(0, 5)
    .map((name) => excerpt(name))
    .join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more tensors` : shown;
}
