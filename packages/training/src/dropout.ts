import { parameterSize, type DropoutMask } from '@diffprune/bert';
import { fillDropoutMask, Slab, streamKey, streamOf } from '@diffprune/kernels';

/** The dropout masks of a training program, drawn anew for each step from (seed, step, mask, index) alone. */
export class DropoutMasks {
  private constructor(
    readonly seed: number,
    readonly masks: (length: number) => readonly DropoutMask[],
    readonly memory: readonly Float32Array[],
  ) {}

  /**
   * @param masks the masks of batches of a length, always as many
   * @param longest the greatest length that will come: memory is taken for it
   */
  static async create(
    seed: number,
    masks: (length: number) => readonly DropoutMask[],
    longest: number,
  ): Promise<DropoutMasks> {
    const sizes = masks(longest).map(({ shape }) => parameterSize({ shape }));
    const slab = await Slab.create(sizes.reduce((bytes, size) => bytes + Slab.bytesFor(size), 0));
    return new DropoutMasks(
      seed,
      masks,
      sizes.map((size) => slab.allocate(size)),
    );
  }

  /** The program inputs of step `step`; valid until the next call. */
  draw(step: number, length: number): Record<string, Float32Array> {
    const drawn: Record<string, Float32Array> = {};
    this.masks(length).forEach(({ name, shape, rate }, i) => {
      const mask = this.memory[i]!.subarray(0, parameterSize({ shape }));
      fillDropoutMask(mask, streamKey(this.seed, step, streamOf('dropout', i)), rate);
      drawn[name] = mask;
    });
    return drawn;
  }
}
