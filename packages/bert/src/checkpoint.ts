import { parseConfig, serializeConfig, type BertConfig } from './config.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { readTextIfPresent, writeFileAtomically } from './files.ts';
import { baseParameters, headParameters, type Head, type ParameterSpec, type Tensors } from './parameters.ts';
import { writeSafetensorsFile } from './safetensors-file.ts';
import type { StoredTensor } from './safetensors.ts';
import { tokenizerFileNames, type TokenizerFiles } from './tokenizer.ts';
import { readWeights } from './weights.ts';

/** A pretrained or fine-tuned BERT, as a Hugging Face folder holds it. */
export interface Checkpoint {
  readonly config: BertConfig;
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
  /** Tensors outside the base that belong to no known head. */
  readonly ignored: readonly string[];
  /** Paths of the files that hold the weights. */
  readonly weightFiles: readonly [string, ...string[]];
}

/**
 * Reads a Hugging Face folder: `config.json`, the tokenizer's files, and the weights, from the first that there is of
 * `model.safetensors`, `model.safetensors.index.json`, `pytorch_model.bin` and `pytorch_model.bin.index.json`. Tensor
 * names may come without the `bert.` prefix and with LayerNorm's old `gamma` and `beta`.
 *
 * @throws CheckpointError naming files or tensors that are missing, of another shape, or not part of a BERT;
 *   BertConfigError, SafetensorsError and PyTorchFileError for files that are malformed
 */
export async function loadCheckpoint(folder: string): Promise<LoadedCheckpoint> {
  const { config, json } = await readConfig(folder);
  const { path, files: weightFiles, tensors: stored } = await readWeights(folder);
  const named = canonicalNames(stored);
  const base = baseParameters(config);
  const missing = base.filter(({ name }) => !named.has(name)).map(({ name }) => name);
  if (missing.length > 0) throw new CheckpointError(`${path} lacks ${list(missing)}`);

  const heads = findHeads(config, named, json['problem_type']);
  const labelNames = readLabelNames(json, heads);
  const specs = [...base, ...heads.flatMap((head) => headParameters(config, head))];
  const tensors: Tensors = new Map(specs.map((spec) => [spec.name, values(spec, named, path)]));

  const ignored = [...named.keys()].filter((name) => !tensors.has(name));
  const foreign = ignored.filter((name) => name.startsWith('bert.') && !name.endsWith('.position_ids'));
  if (foreign.length > 0) {
    throw new CheckpointError(
      `${path} holds ${list(foreign)}, which a BERT with this config.json does not have; is it the right config.json?`,
    );
  }
  const tokenizerFiles: { -readonly [name in keyof TokenizerFiles]: string } = {};
  for (const name of tokenizerFileNames) {
    const text = await readTextIfPresent(`${folder}/${name}`);
    if (text !== undefined) tokenizerFiles[name] = text;
  }
  return { config, tensors, heads, ...(labelNames && { labelNames }), tokenizerFiles, ignored, weightFiles };
}

/**
 * Writes a Hugging Face folder that other tools load as it is: `config.json`, `model.safetensors` and the
 * tokenizer's files. Each file appears only when it is complete, the weights last.
 *
 * @param checkpoint at most one head, whose architecture `config.json` then names
 * @param options.half weights in half precision (F16) rather than F32
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
  const json = { ...describeHead(head, labelNames), ...serializeConfig(config) };
  const { mkdir } = await import('node:fs/promises');
  await mkdir(folder, { recursive: true });
  for (const name of tokenizerFileNames) {
    const text = tokenizerFiles[name];
    if (text !== undefined) await writeFileAtomically(`${folder}/${name}`, text);
  }
  await writeFileAtomically(`${folder}/config.json`, `${JSON.stringify(json, null, 2)}\n`);
  await writeSafetensorsFile(`${folder}/model.safetensors`, stored, { metadata: { format: 'pt' }, half });
}

/**
 * Reads the `config.json` of a model folder.
 *
 * @returns what it says of the architecture, and the whole of it
 * @throws CheckpointError if it is missing or no JSON, BertConfigError if it is not that of a BERT
 */
export async function readConfig(
  folder: string,
): Promise<{ config: BertConfig; json: Record<string, unknown> }> {
  const path = `${folder}/config.json`;
  const text = await readTextIfPresent(path);
  if (text === undefined) {
    throw new CheckpointError(
      `${path} is missing; a model folder holds config.json, weights and the tokenizer's files`,
    );
  }
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new CheckpointError(`${path} is not JSON (${(error as Error).message})`);
  }
  return { config: parseConfig(json, path), json };
}

/** Tensors under canonical names: with the `bert.` prefix, LayerNorm's `gamma` and `beta` as `weight` and `bias`. */
function canonicalNames(stored: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  const prefix = [...stored.keys()].some((name) => name.startsWith('bert.')) ? '' : 'bert.';
  return new Map(
    [...stored].map(([name, tensor]) => {
      const full = /^(embeddings|encoder|pooler)\./.test(name) ? prefix + name : name;
      return [
        full.replace(/LayerNorm\.gamma$/, 'LayerNorm.weight').replace(/LayerNorm\.beta$/, 'LayerNorm.bias'),
        tensor,
      ];
    }),
  );
}

function findHeads(
  config: BertConfig,
  named: ReadonlyMap<string, StoredTensor>,
  problemType: unknown,
): Head[] {
  const pretraining = named.has('cls.seq_relationship.weight');
  const candidates: Head[] = [{ kind: 'span' }, { kind: pretraining ? 'pretraining' : 'masked-lm' }];
  const rows = named.get('classifier.weight')?.shape[0] ?? 0;
  if (rows === 1) candidates.unshift({ kind: 'regression' });
  else if (rows > 1 && problemType !== 'multi_label_classification' && problemType !== 'regression') {
    candidates.unshift({ kind: 'classification', labels: rows });
  }
  return candidates.filter((head) => headParameters(config, head).every(({ name }) => named.has(name)));
}

function values(
  { name, shape }: ParameterSpec,
  named: ReadonlyMap<string, StoredTensor>,
  path: string,
): Float32Array {
  const tensor = named.get(name);
  if (!(tensor?.data instanceof Float32Array) || tensor.shape.join() !== shape.join()) {
    const found = tensor?.data instanceof Int32Array ? 'integers' : `shape [${tensor?.shape.join(', ')}]`;
    throw new CheckpointError(
      `${path}: ${name} holds ${found}, expected shape [${shape.join(', ')}] of floats by config.json`,
    );
  }
  return tensor.data;
}

/** `id2label` as a list; undefined unless it names each label of the classification head. */
function readLabelNames(json: Record<string, unknown>, heads: readonly Head[]): string[] | undefined {
  const head = heads.find(({ kind }) => kind === 'classification');
  if (head?.kind !== 'classification') return undefined;
  const names = (json['id2label'] ?? {}) as Record<string, unknown>;
  const listed = Array.from({ length: head.labels }, (_, label) => names[label]);
  return listed.every((name) => typeof name === 'string') ? listed : undefined;
}

/** The keys of `config.json` by which Hugging Face finds the model class and its labels. */
function describeHead(
  head: Head | undefined,
  labelNames: readonly string[] | undefined,
): Record<string, unknown> {
  switch (head?.kind) {
    case undefined:
      return { architectures: ['BertModel'] };
    case 'classification': {
      const names = labelNames ?? Array.from({ length: head.labels }, (_, label) => `LABEL_${label}`);
      if (names.length !== head.labels) {
        throw new CheckpointError(`${names.length} label names for a head with ${head.labels} labels`);
      }
      return {
        architectures: ['BertForSequenceClassification'],
        problem_type: 'single_label_classification',
        num_labels: head.labels,
        id2label: { ...names },
        label2id: Object.fromEntries(names.map((name, label) => [name, label])),
      };
    }
    case 'regression':
      return { architectures: ['BertForSequenceClassification'], problem_type: 'regression', num_labels: 1 };
    case 'span':
      return { architectures: ['BertForQuestionAnswering'] };
    case 'masked-lm':
      return { architectures: ['BertForMaskedLM'] };
    case 'pretraining':
      return { architectures: ['BertForPreTraining'] };
  }
}

/** Names for a message: all of a few, some of many. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more tensors` : shown;
}
