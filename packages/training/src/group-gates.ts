import { gateAt, noiseAt, type GateAt } from '@diffprune/hard-concrete';
import { Slab, adamw, streamKey, streamOf, type AdamWStep } from '@diffprune/kernels';
import type { ResolvedOptions } from './options.ts';

/** The scalar gates of structured diff pruning, one for each weight matrix and bias vector (Guo et al., section 3.3). */
export class GroupGates {
  readonly state: ReadonlyMap<string, Float32Array>;
  readonly #arrays: Readonly<Record<'parameter' | 'gradient' | 'm' | 'v', Float32Array>>;
  readonly #options: ResolvedOptions;

  private constructor(slab: Slab, count: number, options: ResolvedOptions) {
    const allocate = (): Float32Array => slab.allocate(count);
    const parameter = allocate().fill(options.initialLogOdds);
    this.#arrays = { parameter, gradient: allocate(), m: allocate(), v: allocate() };
    this.#options = options;
    this.state = new Map(
      (['parameter', 'm', 'v'] as const).map((name) => [`group-alpha/${name}`, this.#arrays[name]]),
    );
  }

  static async create(count: number, options: ResolvedOptions): Promise<GroupGates> {
    return new GroupGates(await Slab.create(4 * Slab.bytesFor(count)), count, options);
  }

  /** Group `index`'s gate as it is drawn at a step, or, without one, the deterministic gate. */
  gate(index: number, step: number | undefined): GateAt {
    const { seed, stretch } = this.#options;
    const u = step === undefined ? undefined : noiseAt(streamKey(seed, step, streamOf('groupGates')), index);
    return gateAt(this.#arrays.parameter[index]!, u, { l: stretch[0], r: stretch[1] });
  }

  setGradient(index: number, gradient: number): number {
    return (this.#arrays.gradient[index] = gradient);
  }

  update(step: AdamWStep): void {
    adamw(this.#arrays, step);
  }
}
