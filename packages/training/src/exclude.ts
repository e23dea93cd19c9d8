import type { EncoderConfig, ParameterSpec } from '@diffprune/bert';
import { choicesOf, type Option } from './options.ts';

type IsPart = (
  spec: Pick<ParameterSpec, 'role' | 'layer'>,
  config: Pick<EncoderConfig, 'numHiddenLayers'>,
) => boolean;

/**
 * The parts of a model that fine-tuning moves least, which can be left as they are (Radiya-Dixit & Wang 2020, section
 * 4.2): the key projections of all layers, weights and biases; the last two encoder layers whole, LayerNorms with them, but
 * not the pooler, which is no layer of the encoder; the table of word embeddings, but not those of positions and token
 * types. So counted BERT-base has 102, 95 and 86 of its 109 million parameters left without each, and 66 million
 * without all three, as in the paper's table 3; with the pooler among the last layers it would have 65.
 */
const parts = {
  key: ({ role }) => role === 'key',
  'last-2-layers': ({ layer = -1 }, { numHiddenLayers }) => layer >= numHiddenLayers - 2,
  'word-embeddings': ({ role }) => role === 'word-embeddings',
} satisfies Record<string, IsPart>;

/** A part of the model that can be left as it is. */
export type Part = keyof typeof parts;

/** Every part that can be named. */
export const allParts = Object.keys(parts) as Part[];

/** Which parts are left as they are. */
export function excludeOption(usual: readonly Part[]): Option<readonly Part[]> {
  return choicesOf(allParts, {
    default: usual,
    argument: 'parts',
    help: 'parts of the model that stay as they are: some of key, last-2-layers, word-embeddings, or none',
  });
}

/** Whether a parameter is of one of the parts. */
export function isExcluded(spec: ParameterSpec, config: EncoderConfig, excluded: readonly Part[]): boolean {
  return excluded.some((part) => (parts[part] as IsPart)(spec, config));
}
