import {
  adamw,
  bernoulli,
  bernoulliGradients,
  finalSampleStep,
  streamKey,
  streamOf,
  type AdamWStep,
  type Rows,
} from '@diffprune/kernels';
import { fillInitialLogits } from '@diffprune/score-masking';
import type { DiffTensor } from '@diffprune/sparse-diff';
import type { Backward, Draw, Learner, Samples, State } from '../learner.ts';
import type { DiffParameter } from '../parameter-memory.ts';
import { RowsRead } from './rows-read.ts';

/** What masks are made with. */
export interface BernoulliMaskOptions {
  readonly seed: number;
  /** Fraction of all entries, the smallest by magnitude, that are likely to be dropped at first. */
  readonly initialSparsity: number;
  /** How many samples of the mask are to be evaluated. */
  readonly samples: number;
}

/** A parameter with its mask, each array of one length and in one slab. */
interface Masked {
  readonly parameter: DiffParameter;
  /** ν, and its two moments. */
  readonly logits: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** Of an embedding table, once a step has said which rows it reads. */
  table?: RowsRead;
}

/**
 * Bernoulli masks over frozen parameters: θ' = θ ⊙ μ, μ ~ Bernoulli(σ(ν)). The log-odds ν are learnt, in the group `mask`,
 * with the gradient that σ(ν) would have in the place of μ. What is evaluated is a sample: that of the diff, and as many
 * others as are asked for. Of embedding tables a step draws the rows that its batch reads alone.
 */
export class BernoulliMask implements Learner {
  /** Arrays that a parameter takes beside its weights: gradient, base, ν and two moments. */
  static readonly arrays = 5;

  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly state: State;
  readonly samples: Samples;
  readonly #masked: readonly Masked[];
  /** The fraction of 0 in the mask of the last step, of the entries that it drew. */
  #sparsity = 0;

  /** @param parameters their weights are the base's as yet; three more arrays of each are taken */
  constructor(
    parameters: readonly DiffParameter[],
    readonly options: BernoulliMaskOptions,
  ) {
    this.#masked = parameters.map((parameter): Masked => {
      // written at once: a page that is first read, by a step, costs more when it is written
      const allocate = (): Float32Array => parameter.allocate().fill(0);
      return { parameter, logits: allocate(), m: allocate(), v: allocate() };
    });
    fillInitialLogits(
      this.#masked.map(({ logits }) => logits),
      parameters.map(({ base }) => base),
      { sparsity: options.initialSparsity },
    );
    this.gradients = new Map(parameters.map(({ spec, gradient }) => [spec.name, gradient]));
    this.state = new Map(
      this.#masked.flatMap(({ parameter: { spec }, logits, m, v }) => {
        return Object.entries({ logits, m, v }).map(([name, array]) => [`${spec.name}/${name}`, array]);
      }),
    );
    this.samples = { count: options.samples, draw: (sample) => void this.#draw(finalSampleStep + sample) };
  }

  forward(draw?: Draw): void {
    if (draw === undefined) return this.samples.draw(0);
    let entries = 0;
    for (const masked of this.#masked) {
      const { spec, size } = masked.parameter;
      const read = draw.rows.get(spec.name);
      if (read !== undefined && spec.shape[1]! % 4 === 0) {
        // kernels take four at a time
        masked.table ??= new RowsRead(spec.shape as [number, number], masked.v);
        masked.table.read(read);
      }
      entries += masked.table?.activeSize ?? size;
    }
    this.#sparsity = this.#draw(draw.step, ({ table }) => table?.rows) / entries;
  }

  /** Writes θ' with the masks of a step. @returns how many entries are 0 */
  #draw(step: number, rowsOf: (masked: Masked) => Rows | undefined = () => undefined): number {
    const dropped = bernoulli(
      this.#masked.map((masked) => {
        const { parameter, logits } = masked;
        const arrays = { out: parameter.weights, weight: parameter.base, logits };
        return [arrays, { key: this.#key(parameter, step), rows: rowsOf(masked) }];
      }),
    );
    return dropped.reduce((sum, count) => sum + count, 0);
  }

  #key({ index }: DiffParameter, step: number): ReturnType<typeof streamKey> {
    return streamKey(this.options.seed, step, streamOf('elementGates', index));
  }

  backward(): Backward {
    const squares = bernoulliGradients(
      this.#masked.map(({ parameter: { gradient, base }, logits, table }) => {
        return [{ gradient, weight: base, logits }, { rows: table?.rows }];
      }),
    );
    const mask = squares.reduce((sum, square) => sum + square, 0);
    return { squaredNorms: { mask }, measured: { sparsity: this.#sparsity } };
  }

  update(_step: number, { mask }: Readonly<Record<string, AdamWStep>>): void {
    for (const { parameter, logits, m, v, table } of this.#masked) {
      adamw({ parameter: logits, gradient: parameter.gradient, m, v }, mask!, table?.rows);
    }
  }

  /** The zeros of sample 0. Overwrites the gradients. */
  diff(): DiffTensor[] {
    return this.#masked.flatMap(({ parameter, logits }): DiffTensor[] => {
      const { spec, gradient } = parameter;
      gradient.fill(1);
      const key = this.#key(parameter, finalSampleStep);
      const [dropped] = bernoulli([[{ out: gradient, weight: gradient, logits }, { key }]]);
      const positions = new Uint32Array(dropped!);
      for (let i = 0, count = 0; count < positions.length; i++) if (gradient[i] === 0) positions[count++] = i;
      if (positions.length === 0) return [];
      return [
        { name: spec.name, shape: spec.shape, operation: 'zero', positions, values: new Float32Array() },
      ];
    });
  }
}
