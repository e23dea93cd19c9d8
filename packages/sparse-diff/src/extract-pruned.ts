import { changedTensors, count, select, sparseTensor, wholeTensor } from './changed-tensors.ts';
import type { TensorPair } from './extract.ts';
import type { DiffTensor } from './types.ts';

/** A tensor of which at least this part is 0 counts as pruned. */
const pruned = 0.5;

/**
 * What makes a pruned model of its base, bit for bit: tensors of which at least half the entries are 0 by the others
 * (`replace-sparse`), further ones that are not the base's whole (`replace-dense`).
 *
 * @param pairs one is held at a time
 * @throws TensorError for lengths that do not fit, or a name that comes twice
 */
export async function extractPruned(
  pairs: Iterable<TensorPair> | AsyncIterable<TensorPair>,
): Promise<DiffTensor[]> {
  const tensors: DiffTensor[] = [];
  for await (const tensor of changedTensors(pairs)) {
    const { bits, before } = tensor;
    const isLeft = (i: number): boolean => bits[i] !== 0;
    const left = count(bits.length, isLeft);
    const isDense = before === undefined || left > (1 - pruned) * bits.length;
    tensors.push(
      isDense ? wholeTensor(tensor) : sparseTensor(tensor, 'replace-sparse', select(left, isLeft)),
    );
  }
  return tensors;
}
