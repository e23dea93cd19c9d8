import { adamw, squaredNorm, type AdamWStep } from '@diffprune/kernels';

/** An array that AdamW updates in place, with its gradient and two moments, all of one length and in one slab. */
export class AdamWArray {
  readonly #m: Float32Array;
  readonly #v: Float32Array;

  /**
   * @param allocate called twice, for the moments
   * @param decays whether weight decay applies
   */
  constructor(
    readonly parameter: Float32Array,
    readonly gradient: Float32Array,
    allocate: () => Float32Array,
    readonly decays: boolean,
  ) {
    this.#m = allocate();
    this.#v = allocate();
  }

  squaredGradientNorm(): number {
    return squaredNorm(this.gradient);
  }

  update(step: AdamWStep): void {
    const { parameter, gradient, decays } = this;
    const arrays = { parameter, gradient, m: this.#m, v: this.#v };
    adamw(arrays, decays ? step : { ...step, weightDecay: 0 });
  }

  /** Forgets the moments. */
  reset(): void {
    this.#m.fill(0);
    this.#v.fill(0);
  }

  /** What a checkpoint keeps: the array under its name, and the moments. */
  state(name: string): [string, Float32Array][] {
    return [
      [name, this.parameter],
      [`${name}/m`, this.#m],
      [`${name}/v`, this.#v],
    ];
  }
}
