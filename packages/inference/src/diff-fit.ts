import {
  addedParameters,
  configDifference,
  createAdapters,
  createHead,
  serializeConfig,
  type Adapters,
  type EncoderConfig,
  type Head,
} from '@diffprune/bert';
import {
  TensorError,
  WrongBaseError,
  type DiffTensor,
  type Manifest,
  type SparseDiff,
} from '@diffprune/sparse-diff';
import { answerKind, codecOf } from './answer-kinds.ts';
import { DiffFitError } from './errors.ts';

/** What a diff must suit; see `readBase`. */
export interface BaseOfDiff {
  readonly config: EncoderConfig;
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  readonly fingerprint: string;
  readonly tokenizerFingerprint: string;
  /** Number of base parameters, d. */
  readonly parameters: number;
}

/** What a base with a diff on it computes. */
export interface ModelOfDiff {
  /** The base's, with the adapters that the diff brings. */
  readonly config: EncoderConfig;
  readonly head: Head;
}

/**
 * Checks that a diff was made from this base, with its configuration and tokenizer, and brings the whole head that
 * answers, the whole of the adapters that its manifest tells of, and nothing else that the base lacks.
 *
 * @returns the model that the base and the diff are together
 * @throws WrongBaseError for another base; DiffFitError for another `config.json` or tokenizer, for a head that is
 *   missing, incomplete or not one that predicts classes, a score or spans, for settings that there cannot be, and for adapters that are incomplete, or of a kind
 *   that this version does not know
 */
export function checkFit(base: BaseOfDiff, { manifest, tensors }: SparseDiff): ModelOfDiff {
  checkBase(base, manifest);
  const difference = configDifference(base.config, manifest.base.architecture);
  if (difference !== undefined) {
    const { key, expected, found } = difference;
    throw new DiffFitError(
      `the diff was trained on a base whose config.json has "${key}" ${JSON.stringify(expected)}, this one's has ` +
        `${JSON.stringify(found)}; restore the config.json that belongs to these weights`,
    );
  }
  if (manifest.tokenizer !== '' && manifest.tokenizer !== base.tokenizerFingerprint) {
    throw new DiffFitError(
      `the diff was trained with tokenizer ${manifest.tokenizer}, but the base's folder has ${base.tokenizerFingerprint}; ` +
        `restore the base's tokenizer files (tokenizer.json, vocab.txt, tokenizer_config.json)`,
    );
  }
  const head = headOfDiff(manifest);
  codecOf(manifest, base.config);
  const config = { ...base.config, adapters: adaptersOfDiff(manifest) };
  const lacking = new Map(addedParameters(config, head).map(({ name, shape }) => [name, shape.join(', ')]));
  for (const tensor of tensors) {
    const { name, shape } = tensor;
    checkTensorOfDiff(base, tensor);
    if (base.tensors.has(name)) continue;
    const wanted = lacking.get(name);
    if (wanted !== shape.join(', ')) {
      const should = wanted === undefined ? 'is not part of this model' : `should have shape [${wanted}]`;
      throw new DiffFitError(`the diff's ${name} of shape [${shape.join(', ')}] ${should}`);
    }
    lacking.delete(name);
  }
  if (lacking.size > 0) throw new DiffFitError(`the diff lacks ${list([...lacking.keys()])}`);
  return { config, head };
}

/**
 * Checks that a diff was made from this base.
 *
 * @throws WrongBaseError that says what is known of either, where that differs
 */
export function checkBase(base: BaseOfDiff, { base: wanted }: Manifest): void {
  if (wanted.fingerprint === base.fingerprint) return;
  const expected = describeBase(wanted.architecture, wanted.parameters);
  const actual = describeBase(serializeConfig(base.config), base.parameters);
  const described = expected === actual ? undefined : { expected, actual };
  throw new WrongBaseError(wanted.fingerprint, base.fingerprint, described);
}

/** What tells bases apart at a glance. */
function describeBase(settings: Readonly<Record<string, unknown>>, parameters: number): string {
  const keys = ['model_type', 'num_hidden_layers', 'hidden_size', 'vocab_size'];
  const said = keys.filter((key) => settings[key] !== undefined).map((key) => `${key} ${settings[key]}`);
  return [...said, ...(parameters > 0 ? [`${parameters} parameters`] : [])].join(', ');
}

/**
 * Checks that a diff's tensor has the shape of the base's, or, where the base has none of that name, that it comes whole.
 *
 * @throws TensorError
 */
export function checkTensorOfDiff(
  { tensors }: BaseOfDiff,
  { name, shape, operation }: Pick<DiffTensor, 'name' | 'shape' | 'operation'>,
): void {
  const there = tensors.get(name)?.shape.join(', ');
  if (there === undefined && operation !== 'replace-dense')
    throw new TensorError(name, 'the base does not have it');
  if (there === undefined || there === shape.join(', ')) return;
  throw new TensorError(name, `the diff's shape is [${shape.join(', ')}], the base's [${there}]`);
}

/** Names, the first few of many. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}

function adaptersOfDiff({ adapters }: Manifest): Adapters | undefined {
  if (adapters === undefined) return undefined;
  try {
    return createAdapters(adapters.kind, adapters.bottleneck, adapters.nonLinearity);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DiffFitError(`the diff has adapters that this version does not know: ${error.message}`);
  }
}

function headOfDiff({ head, labels }: Manifest): Head {
  try {
    const found = createHead(head, labels.length);
    if (answerKind(found.kind) !== undefined) return found;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  const found =
    head === 'classification' ? `a classification head with ${labels.length} labels` : `head "${head}"`;
  throw new DiffFitError(
    `the diff has ${found}; expected a classification of at least 2 labels, a regression, or a span`,
  );
}
