import type { RowOutputs } from '@diffprune/glue';
import type { SpanFeatures } from './encode-questions.ts';

/** The outputs of a model that has learnt the rows' labels by heart, padded as batches are. */
export function perfectOutputs({ size, offsets, labels }: SpanFeatures): RowOutputs {
  const rows = (name: 'start_positions' | 'end_positions') =>
    Array.from({ length: size }, (_, row) => {
      const logits = new Float32Array(offsets[row + 1]! - offsets[row]! + 3).fill(-5);
      // what points to [CLS] is sure of nothing else
      const position = labels![name]![row]!;
      logits[position] = position === 0 ? 0 : 5;
      return logits;
    });
  return { start_logits: rows('start_positions'), end_logits: rows('end_positions') };
}
