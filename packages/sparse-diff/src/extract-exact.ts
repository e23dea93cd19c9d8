import { changedTensors, count, select, sparseTensor, wholeTensor } from './changed-tensors.ts';
import { entropyBits } from './entropy.ts';
import type { TensorPair } from './extract.ts';
import type { DiffTensor } from './types.ts';

/**
 * What makes another model of a base, bit for bit, the signs of zeros included: of each tensor the entries that changed
 * (`set`), or, where it takes fewer bytes, those that are not 0 (`replace-sparse`), or all (`replace-dense`). A tensor
 * that did not change is left out.
 *
 * @param pairs one is held at a time
 * @throws TensorError for lengths that do not fit, or a name that comes twice
 */
export async function extractExact(
  pairs: Iterable<TensorPair> | AsyncIterable<TensorPair>,
): Promise<DiffTensor[]> {
  const tensors: DiffTensor[] = [];
  for await (const tensor of changedTensors(pairs)) {
    const { bits, before } = tensor;
    const size = bits.length;
    const isChanged = (i: number): boolean => bits[i] !== before?.[i];
    const isFilled = (i: number): boolean => bits[i] !== 0;
    const [changed, filled] = [count(size, isChanged), count(size, isFilled)];
    const [asChanged, asFilled] = [bytesOf(changed, size), bytesOf(filled, size)];
    if (before === undefined || 4 * size <= Math.min(asChanged, asFilled)) tensors.push(wholeTensor(tensor));
    else if (asChanged <= asFilled) tensors.push(sparseTensor(tensor, 'set', select(changed, isChanged)));
    else tensors.push(sparseTensor(tensor, 'replace-sparse', select(filled, isFilled)));
  }
  return tensors;
}

/** About what so many positions of a tensor and their values take. */
function bytesOf(positions: number, size: number): number {
  return 4 * positions + entropyBits(positions, size) / 8;
}
