import { Slab, type AdamWStep } from '@diffprune/kernels';
import type { DiffTensor } from '@diffprune/sparse-diff';
import type { Backward, Learner, State } from '../learner.ts';
import type { DiffParameter } from '../parameter-memory.ts';
import type { SparseDelta } from '../projection.ts';
import { AdamWArray } from './adamw-array.ts';

interface MaskedParameter {
  readonly parameter: DiffParameter;
  readonly positions: Uint32Array;
  /** δ at the positions. */
  readonly delta: AdamWArray;
}

/**
 * A diff whose nonzero positions are fixed: θ' = θ + δ, and only δ at these positions is learnt. The optimiser's state is
 * as small as the diff.
 */
export class FixedMask implements Learner {
  /** Arrays that a parameter takes beside its weights: the gradient and the base. */
  static readonly arrays = 2;

  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly state: State;
  readonly #masked: readonly MaskedParameter[];

  private constructor(masked: readonly MaskedParameter[]) {
    this.#masked = masked;
    this.gradients = new Map(masked.map(({ parameter: { spec, gradient } }) => [spec.name, gradient]));
    this.state = new Map(
      masked.flatMap(({ parameter, delta }) => delta.state(`${parameter.spec.name}/delta`)),
    );
  }

  /** Takes the model back to the base; the first `forward` adds δ. */
  static async create(parameters: readonly DiffParameter[], sparseDelta: SparseDelta): Promise<FixedMask> {
    const bytes = [...sparseDelta.values()].map(({ values }) => 4 * Slab.bytesFor(values.length));
    const slab = await Slab.create(bytes.reduce((sum, need) => sum + need, 0));
    const masked = parameters.flatMap((parameter): MaskedParameter[] => {
      parameter.weights.set(parameter.base);
      const { positions, values } = sparseDelta.get(parameter.spec.name) ?? {};
      if (positions === undefined || values === undefined || positions.length === 0) return [];
      const allocate = (): Float32Array => slab.allocate(values.length);
      const delta = new AdamWArray(allocate(), allocate(), allocate, parameter.spec.decay);
      delta.parameter.set(values);
      return [{ parameter, positions, delta }];
    });
    return new FixedMask(masked);
  }

  forward(): void {
    for (const { parameter, positions, delta } of this.#masked) {
      const { base, weights } = parameter;
      for (let i = 0; i < positions.length; i++) {
        const position = positions[i]!;
        weights[position] = base[position]! + delta.parameter[i]!;
      }
    }
  }

  backward(): Backward {
    let weights = 0;
    for (const { parameter, positions, delta } of this.#masked) {
      const { gradient } = delta;
      for (let i = 0; i < positions.length; i++) gradient[i] = parameter.gradient[positions[i]!]!;
      weights += delta.squaredGradientNorm();
    }
    return { squaredNorms: { weights } };
  }

  update(_step: number, { weights }: Readonly<Record<string, AdamWStep>>): void {
    for (const { delta } of this.#masked) delta.update(weights!);
  }

  /** δ as it stands, to be added to the base. */
  diff(): DiffTensor[] {
    return this.#masked.map(({ parameter: { spec }, positions, delta }) => {
      const values = Float32Array.from(delta.parameter);
      return { name: spec.name, shape: spec.shape, operation: 'add', positions, values };
    });
  }
}
