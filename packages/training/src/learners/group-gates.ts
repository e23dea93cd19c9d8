import { gateAt, noiseAt, type GateAt, type HardConcreteOptions } from '@diffprune/hard-concrete';
import { Slab, streamKey, streamOf, type AdamWStep } from '@diffprune/kernels';
import type { State } from '../learner.ts';
import { AdamWArray } from './adamw-array.ts';

/** What group gates are made with. */
interface GroupGateOptions {
  readonly shape: HardConcreteOptions;
  readonly initialLogOdds: number;
  readonly seed: number;
}

/** The scalar gates z_g of structured diffs, one for each weight matrix and bias vector. */
export class GroupGates {
  readonly state: State;
  readonly #alpha: AdamWArray;

  private constructor(
    alpha: AdamWArray,
    readonly options: GroupGateOptions,
  ) {
    this.#alpha = alpha;
    this.state = new Map(alpha.state('group-alpha'));
  }

  static async create(count: number, options: GroupGateOptions): Promise<GroupGates> {
    const slab = await Slab.create(4 * Slab.bytesFor(count));
    const allocate = (): Float32Array => slab.allocate(count);
    const alpha = allocate().fill(options.initialLogOdds);
    return new GroupGates(new AdamWArray(alpha, allocate(), allocate, false), options);
  }

  /** Group `index`'s gate as it is drawn at a step, or, without one, the deterministic gate. */
  gate(index: number, step: number | undefined): GateAt {
    const { seed, shape } = this.options;
    const u = step === undefined ? undefined : noiseAt(streamKey(seed, step, streamOf('groupGates')), index);
    return gateAt(this.#alpha.parameter[index]!, u, shape);
  }

  setGradient(index: number, gradient: number): number {
    return (this.#alpha.gradient[index] = gradient);
  }

  update(step: AdamWStep): void {
    this.#alpha.update(step);
  }
}
