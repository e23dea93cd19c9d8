import type * as tf from '@diffprune/tfjs-core';
import { adapterHook, isAdapter, parametersOfAdapters } from './adapters.ts';
import type { Architecture, EncodeOptions, EncoderConfig, SubLayerHook } from './architecture.ts';
import { bert } from './bert.ts';
import { ConfigFields } from './config-fields.ts';
import type { NamedTensors } from './layers.ts';
import type { ParameterSpec } from './parameters.ts';

/** The architectures that are implemented, by `model_type`. The first published files, all of BERT, have none. */
const architectures: ReadonlyMap<unknown, Architecture> = new Map(
  [bert].map((each) => [each.modelType, each]),
);

/** The definition of a model's architecture. */
export function architectureOf({ modelType }: EncoderConfig): Architecture {
  const found = architectures.get(modelType);
  if (found === undefined)
    throw new RangeError(`no architecture "${modelType}"; there are ${known().join(', ')}`);
  return found;
}

/**
 * The part of a model that a parameter belongs to, by its canonical name: `embeddings`, `layer 0`, …, `pooler`, or, for
 * what is no part of a base, `adapters` or `head`.
 */
export function modelPart(name: string): string {
  if (isAdapter(name)) return 'adapters';
  const prefix = [...architectures.values()].find((each) => name.startsWith(each.prefix))?.prefix;
  const within = prefix === undefined ? '' : name.slice(prefix.length);
  const [, part, layer] = /^(?:(embeddings|pooler)|\w+\.layer\.(\d+))\./.exec(within) ?? [];
  return part ?? (layer === undefined ? 'head' : `layer ${layer}`);
}

const known = (): string[] => [...architectures.keys()].map((name) => JSON.stringify(name));

/**
 * Reads the fields of a Hugging Face `config.json` (snake_case keys). The sizes must be present; the rest falls
 * back to the architecture's own values where an older file leaves it out. Keys that do not change what the model
 * computes are ignored.
 *
 * @param json the parsed file
 * @param source what to call it in messages, usually its path
 * @throws BertConfigError naming the key, the value found and what is supported
 */
export function parseConfig(json: unknown, source = 'config.json'): EncoderConfig {
  const fields: ConfigFields = new ConfigFields(json, source);
  const architecture = architectures.get(fields.fields['model_type'] ?? bert.modelType);
  if (architecture === undefined) {
    const names = known();
    fields.refuse(
      'model_type',
      names.length > 1 ? `one of ${names.join(', ')}` : `${names[0]}, the only supported one`,
    );
  }
  return architecture.parseConfig(json, source);
}

/** The inverse of {@link parseConfig}: the keys and values of a Hugging Face `config.json`. */
export function serializeConfig(config: EncoderConfig): Record<string, unknown> {
  return { model_type: config.modelType, ...architectureOf(config).serializeConfig(config) };
}

/** A key of `config.json` that two models have different values for. */
export interface ConfigDifference {
  readonly key: string;
  readonly found: unknown;
  readonly expected: unknown;
}

/**
 * The first setting by which models of equal weights compute something else.
 *
 * @param settings keys and values as {@link serializeConfig} gives them; what is left out is taken to be the same, and
 *   what matters in training alone is not compared
 */
export function configDifference(
  config: EncoderConfig,
  settings: Readonly<Record<string, unknown>>,
): ConfigDifference | undefined {
  const { fixedSettings, trainingSettings } = architectureOf(config);
  const fixed = Object.entries(fixedSettings).map(([key, { value }]) => [key, value] as const);
  const own: Record<string, unknown> = {
    model_type: config.modelType,
    ...Object.fromEntries(fixed),
    ...serializeConfig(config),
  };
  const key = Object.keys(own).find(
    (key) => Object.hasOwn(settings, key) && !trainingSettings.has(key) && settings[key] !== own[key],
  );
  return key === undefined ? undefined : { key, found: own[key], expected: settings[key] };
}

/** The same model without any dropout in the encoder. */
export function withoutDropout(config: EncoderConfig): EncoderConfig {
  return architectureOf(config).withoutDropout(config);
}

/** The parameters of the shared base: embeddings, encoder layers and, if it has one, pooler, in Hugging Face's order. */
export function baseParameters(config: EncoderConfig): ParameterSpec[] {
  const architecture = architectureOf(config);
  const pooler = config.pooler ? architecture.poolerParameters(config) : [];
  return [...architecture.encoderParameters(config), ...pooler];
}

/** The parameters of the adapters that a model has in its layers; none where it has none. */
export function adapterParameters(config: EncoderConfig): ParameterSpec[] {
  return parametersOfAdapters(config, architectureOf(config));
}

/**
 * The encoder, with its adapters where it has them.
 *
 * @param parameters tensors under their Hugging Face names
 * @param batch `input_ids`, `token_type_ids` and `attention_mask` (1 for tokens, 0 for padding), int32 [batch, length]
 * @returns the last hidden states, [batch, length, hidden]; with `tokens: 'first'` [batch, 1, hidden]
 * @throws Error naming a tensor that is missing
 */
export function encode(
  parameters: NamedTensors,
  batch: NamedTensors,
  config: EncoderConfig,
  options: EncodeOptions = {},
): tf.Tensor3D {
  const architecture = architectureOf(config);
  if (config.adapters === undefined) return architecture.encode(parameters, batch, config, options);
  const adapt = adapterHook(parameters, config.adapters, architecture);
  const hook: SubLayerHook = (hidden, layer, site) => {
    const adapted = adapt(hidden, layer, site);
    return options.hook?.(adapted, layer, site) ?? adapted;
  };
  return architecture.encode(parameters, batch, config, { ...options, hook });
}

/**
 * The vector of a whole example, from its first token's, by the pooler's parameters.
 *
 * @param states [batch, rows, hidden]
 * @returns [batch, hidden]
 */
export function pool(parameters: NamedTensors, states: tf.Tensor3D, config: EncoderConfig): tf.Tensor2D {
  return architectureOf(config).pool(parameters, states);
}
