import { baseParameters } from '@diffprune/bert';
import { loadCheckpoint, resolveCheckpoint, writeCheckpoint } from '@diffprune/bert/node';
import { streamKey, uniformAt } from '@diffprune/kernels';

/**
 * Writes a base whose weight matrices, embeddings among them, hold the same numbers in another order, each for itself:
 * of the same norms, but not pretrained any more (Radiya-Dixit & Wang 2020, section 4.4). Biases, layer normalisations
 * and the tokenizer stay, the heads of its pretraining do not.
 *
 * @param model a Hugging Face folder or hub id
 * @param folder where the base goes
 * @param seed which order
 */
export async function writeShuffledBase(model: string, folder: string, seed: number): Promise<void> {
  const { config, tensors, tokenizerFiles } = await loadCheckpoint(await resolveCheckpoint(model));
  const matrices = baseParameters(config).filter(({ shape }) => shape.length === 2);
  matrices.forEach(({ name }, index) => shuffle(tensors.get(name)!, streamKey(seed, 0, index)));
  await writeCheckpoint(folder, { config, tensors, heads: [], tokenizerFiles });
}

/** Fisher and Yates, in place; two draws each, for one has no more than 2^23 values. */
function shuffle(values: Float32Array, key: ReturnType<typeof streamKey>): void {
  for (let i = values.length - 1; i > 0; i--) {
    const [coarse, fine] = [uniformAt(key, 2 * i), uniformAt(key, 2 * i + 1)];
    const j = Math.floor(((Math.floor(coarse * 2 ** 23) + fine) / 2 ** 23) * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
}
