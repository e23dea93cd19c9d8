import { bert, type BertConfig } from '@diffprune/bert';

/** A model and the batch that its steps are measured with. */
export interface Size {
  readonly config: BertConfig;
  readonly batch: number;
  readonly length: number;
}

/** A BERT of Turc et al. 2019 (heads of 64) with BERT's own vocabulary. */
function config(layers: number, hidden: number): BertConfig {
  return bert.parseConfig({
    model_type: 'bert',
    hidden_act: 'gelu',
    vocab_size: 30522,
    type_vocab_size: 2,
    max_position_embeddings: 512,
    num_hidden_layers: layers,
    hidden_size: hidden,
    num_attention_heads: hidden / 64,
    intermediate_size: 4 * hidden,
  });
}

/** The measured sizes by name. `large` is measured for memory alone. */
export const sizes = {
  tiny: { config: config(2, 128), batch: 32, length: 64 },
  mini: { config: config(4, 256), batch: 32, length: 64 },
  small: { config: config(4, 512), batch: 8, length: 128 },
  base: { config: config(12, 768), batch: 8, length: 128 },
  large: { config: config(24, 1024), batch: 4, length: 128 },
} as const satisfies Record<string, Size>;

/** MiniLM's shape (Wang et al. 2020): six layers of width 384 in twelve heads. */
export const miniLm = bert.parseConfig({
  model_type: 'bert',
  hidden_act: 'gelu',
  vocab_size: 30522,
  type_vocab_size: 2,
  max_position_embeddings: 512,
  num_hidden_layers: 6,
  hidden_size: 384,
  num_attention_heads: 12,
  intermediate_size: 1536,
});

export type SizeName = keyof typeof sizes;

/** What batches the steps of some sizes are measured with, in words. */
export function batchesOf(measured: readonly (readonly [SizeName, number])[]): string {
  return measured.map(([size]) => `${size} ${sizes[size].batch} × ${sizes[size].length}`).join(', ');
}
