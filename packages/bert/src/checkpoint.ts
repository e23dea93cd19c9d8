import { excerpt, sourceJson, sourceText, type ByteSource } from '@diffprune/files';
import type { StoredTensor } from '@diffprune/tensor-files';
import type { EncoderConfig } from './architecture.ts';
import { architectureOf, baseParameters, parseConfig } from './architectures.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { findHeads, headParameters, type Head } from './heads.ts';
import { readLabels } from './label-names.ts';
import type { ModelFiles } from './model-files.ts';
import type { ParameterSpec, Tensors } from './parameters.ts';
import {
  largestTokenizerFile,
  type TokenizerFileName,
  tokenizerFileNames,
  type TokenizerFiles,
} from './tokenizer-files.ts';
import { openWeights, type Weights } from './weights.ts';

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

/** A checkpoint, and what is known of the files that it came from. */
export interface LoadedCheckpoint<Source extends ByteSource = ByteSource> extends Checkpoint {
  /** Why what `config.json` says of labels cannot be meant for the head that there is. */
  readonly labelProblem?: string;
  /** Tensors outside the base that belong to no known head. */
  readonly ignored: readonly string[];
  /** The files that hold the weights, and `config.json`; they are closed. */
  readonly weightFiles: readonly [Source, ...Source[]];
  readonly configFile: Source;
}

/** A checkpoint whose tensors are read one by one. */
export interface OpenCheckpoint<Source extends ByteSource = ByteSource> extends Omit<
  LoadedCheckpoint<Source>,
  'tensors'
> {
  /** What there is to read: the base's parameters and those of `heads`, in the order in which the weights lie. */
  readonly parameters: readonly ParameterSpec[];
  /** Reads one of them. Weights that come one after the other are read in their order. */
  read(parameter: ParameterSpec): Promise<Float32Array>;
  /** As `read`, of values that nobody may change, and that stay what they are until the next is read. */
  view(parameter: ParameterSpec): Promise<Float32Array>;
  /** Closes the weights. */
  close(): Promise<void>;
}

/**
 * Reads the files of a Hugging Face folder: `config.json`, the tokenizer's files, and the weights, from the first that there is of
 * `model.safetensors`, `model.safetensors.index.json`, `pytorch_model.bin` and `pytorch_model.bin.index.json`. Tensor
 * names may come without the `bert.` prefix and with LayerNorm's old `gamma` and `beta`. Where there is no pooler, the
 * configuration says so. Only tensors of the model are read; others may hold numbers of any type.
 *
 * @throws CheckpointError naming files or tensors that are missing, of another shape, or not part of a BERT;
 *   BertConfigError, SafetensorsError, PyTorchFileError and FileError for files that are malformed
 */
export async function readCheckpoint<Source extends ByteSource>(
  model: ModelFiles<Source>,
): Promise<LoadedCheckpoint<Source>> {
  const { parameters, read, view: _, close, ...checkpoint } = await openCheckpoint(model);
  try {
    const tensors: Tensors = new Map();
    for (const parameter of parameters) tensors.set(parameter.name, await read(parameter));
    const names = modelParameters(checkpoint).map(({ name }) => name);
    return { ...checkpoint, tensors: new Map(names.map((name) => [name, tensors.get(name)!])) };
  } finally {
    await close();
  }
}

/**
 * Opens a checkpoint, to read its tensors one by one: all but their values is read and checked, as by
 * `readCheckpoint`, which throws the same.
 */
export async function openCheckpoint<Source extends ByteSource>(
  model: ModelFiles<Source>,
): Promise<OpenCheckpoint<Source>> {
  const { config: described, json, file } = await readConfig(model);
  const weights = await openWeights(model);
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
    const specs = modelParameters({ config, heads });
    for (const spec of specs) checkShape(spec, weights, named);
    const known = new Map(specs.map((spec) => [spec.name, spec]));
    const ignored = [...named.keys()].filter((name) => !known.has(name));
    const foreign = ignored.filter(
      (name) => name.startsWith(architecture.prefix) && !/\.(position|token_type)_ids$/.test(name),
    );
    if (foreign.length > 0) {
      const adapters = foreign.some((name) => /adapter/i.test(name));
      throw new CheckpointError(
        `${weights.path} holds ${list(foreign)}, which a BERT with this config.json does not have; ` +
          (adapters
            ? 'a model with adapters is neither a base nor a fine-tuned one: take the base, and train adapters for it'
            : 'is it the right config.json?'),
      );
    }
    return {
      config,
      heads,
      ...readLabels(json, heads),
      tokenizerFiles: await readTokenizerFiles(model, config.vocabSize),
      ignored,
      weightFiles: weights.files,
      configFile: file,
      parameters: [...named.keys()].flatMap((name) => known.get(name) ?? []),
      read: ({ name, shape }) => floats(weights, { name, shape }, weights.read(named.get(name)!)),
      view: ({ name, shape }) => floats(weights, { name, shape }, weights.view(named.get(name)!)),
      close: weights.close,
    };
  } catch (error) {
    await weights.close();
    throw error;
  }
}

/** The base's parameters, then those of the heads. */
function modelParameters({ config, heads }: Pick<Checkpoint, 'config' | 'heads'>): ParameterSpec[] {
  return [...baseParameters(config), ...heads.flatMap((head) => headParameters(config, head))];
}

async function readTokenizerFiles({ names, open }: ModelFiles, vocabSize: number): Promise<TokenizerFiles> {
  const tokenizerFiles: { -readonly [name in TokenizerFileName]?: string } = {};
  for (const name of tokenizerFileNames.filter((name) => names.includes(name))) {
    const file = await open(name);
    tokenizerFiles[name] = await sourceText(file, largestTokenizerFile(vocabSize)).finally(file.close);
  }
  return tokenizerFiles;
}

/**
 * Reads the `config.json` of a model folder.
 *
 * @returns what it says of the architecture, and the whole of it
 * @throws CheckpointError if it is missing, FileError if it is not JSON, BertConfigError if it is not that of a BERT
 */
export async function readConfig<Source extends ByteSource>({
  folder,
  names,
  open,
}: ModelFiles<Source>): Promise<{ config: EncoderConfig; json: Record<string, unknown>; file: Source }> {
  if (!names.includes('config.json')) {
    throw new CheckpointError(
      `${folder}/config.json is missing; a model folder holds config.json, weights and the tokenizer's files`,
    );
  }
  const file = await open('config.json');
  const value = await sourceJson(file).finally(file.close);
  return { config: parseConfig(value, file.path), json: value as Record<string, unknown>, file };
}

/**
 * The stored name of each tensor, by its canonical one: with the architecture's prefix (`bert.`), and with today's
 * endings.
 */
function canonicalNames({ shapes, path }: Weights, config: EncoderConfig): Map<string, string> {
  const { prefix, renamedEndings, poolerParameters } = architectureOf(config);
  const ofBase = [...baseParameters(config), ...poolerParameters(config)].map(({ name }) => name);
  const bareNames = ofBase.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const modules = new Set(bareNames.map((name) => name.split('.', 1)[0]!));
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

async function floats(
  { path }: Weights,
  { name, shape }: Pick<ParameterSpec, 'name' | 'shape'>,
  read: Promise<StoredTensor>,
): Promise<Float32Array> {
  const { data } = await read;
  if (data instanceof Float32Array) return data;
  throw new CheckpointError(
    `${path}: ${name} holds integers, expected shape [${shape.join(', ')}] of floats by config.json`,
  );
}

/** Names for a message: all of a few, some of many. */
function list(names: readonly string[]): string {
  const shown = names
    .slice(0, 5)
    .map((name) => excerpt(name))
    .join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more tensors` : shown;
}
