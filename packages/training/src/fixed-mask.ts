import { Slab, adamw, squaredNorm } from '@diffprune/kernels';
import { adam } from './dense-parameters.ts';
import type { DenseParameters } from './dense-parameters.ts';
import type { ResolvedOptions } from './options.ts';
import type { DiffParameter } from './parameter-memory.ts';
import type { SparseDelta } from './projection.ts';
import type { Reparameterization, UpdateReport } from './reparameterization.ts';
import { clipFactor } from './schedule.ts';

interface MaskedParameter {
  readonly parameter: DiffParameter;
  readonly positions: Uint32Array;
  readonly delta: Float32Array;
  readonly gradient: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/**
 * Fine-tuning of δ with its nonzero positions fixed (Guo et al., section 3.2): θ' = θ + δ, and only the entries that
 * the projection kept, and the head, are learnt. Optimiser state is as small as the diff.
 */
export class FixedMask implements Reparameterization {
  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly dense: ReadonlyMap<string, Float32Array>;
  readonly state: ReadonlyMap<string, Float32Array | Uint32Array>;
  readonly #masked: readonly MaskedParameter[];

  private constructor(
    masked: readonly MaskedParameter[],
    readonly head: DenseParameters,
    readonly options: Pick<ResolvedOptions, 'fixedMaskLearningRate' | 'maxGradientNorm' | 'weightDecay'>,
  ) {
    this.#masked = masked;
    this.gradients = new Map([
      ...masked.map(({ parameter }) => [parameter.spec.name, parameter.gradient] as const),
      ...head.gradients,
    ]);
    this.dense = head.weights;
    this.state = new Map<string, Float32Array | Uint32Array>([
      ...masked.flatMap(({ parameter: { spec }, positions, delta, m, v }) => [
        [`${spec.name}/positions`, positions] as const,
        [`${spec.name}/delta`, delta] as const,
        [`${spec.name}/delta/m`, m] as const,
        [`${spec.name}/delta/v`, v] as const,
      ]),
      ...head.state,
    ]);
  }

  /** Takes the model back to the base; the first `materialize` adds δ. */
  static async create(
    parameters: readonly DiffParameter[],
    sparseDelta: SparseDelta,
    head: DenseParameters,
    options: ResolvedOptions,
  ): Promise<FixedMask> {
    const bytes = [...sparseDelta.values()].map(({ values }) => 4 * Slab.bytesFor(values.length));
    const slab = await Slab.create(bytes.reduce((sum, need) => sum + need, 0));
    const masked = parameters.flatMap((parameter) => {
      parameter.weights.set(parameter.base);
      const entry = sparseDelta.get(parameter.spec.name);
      if (entry === undefined || entry.positions.length === 0) return [];
      const allocate = (): Float32Array => slab.allocate(entry.values.length);
      const delta = allocate();
      delta.set(entry.values);
      const arrays = { delta, gradient: allocate(), m: allocate(), v: allocate() };
      return [{ parameter, positions: entry.positions, ...arrays }];
    });
    return new FixedMask(masked, head, options);
  }

  materialize(): void {
    for (const { parameter, positions, delta } of this.#masked) {
      const { base, weights } = parameter;
      for (let i = 0; i < positions.length; i++) {
        const position = positions[i]!;
        weights[position] = base[position]! + delta[i]!;
      }
    }
  }

  settle(): void {
    this.materialize();
  }

  update(step: number, rate: number): UpdateReport {
    let squared = this.head.squaredGradientNorm();
    for (const { parameter, positions, gradient } of this.#masked) {
      for (let i = 0; i < positions.length; i++) gradient[i] = parameter.gradient[positions[i]!]!;
      squared += squaredNorm(gradient);
    }
    const gradientNorm = Math.sqrt(squared);
    const scale = clipFactor(gradientNorm, this.options.maxGradientNorm);
    const learningRate = this.options.fixedMaskLearningRate * rate;
    for (const { parameter, delta, gradient, m, v } of this.#masked) {
      const weightDecay = parameter.spec.decay ? this.options.weightDecay : 0;
      adamw(
        { parameter: delta, gradient, m, v },
        { ...adam, step: step + 1, learningRate, weightDecay, scale },
      );
    }
    this.head.update(step, learningRate, scale);
    return { gradientNorm };
  }

  /** The diff as it stands: positions and values by parameter name. */
  delta(): SparseDelta {
    return new Map(
      this.#masked.map(({ parameter, positions, delta }) => [
        parameter.spec.name,
        { positions, values: Float32Array.from(delta) },
      ]),
    );
  }
}
