import {
  baseParameters,
  predictFunction,
  predictInputs,
  type EncoderConfig,
  type ParameterSpec,
} from '@diffprune/bert';
import type {
  HalfFormat,
  Program,
  ResidentEngine,
  ResidentWeights,
  TensorFunction,
  WeightLayout,
} from '@diffprune/engine';
import { assembleBatch, chooseBuckets, planBatches, type Features, type RowOutputs } from '@diffprune/glue';
import type { ModelOfDiff } from '../diff-fit.ts';
import { batchTensors, collectRows } from '../predictor.ts';
import type { Run } from '../predictors.ts';
import { checkTokenTypes } from '../token-types.ts';

/** Rows of a batch at most. */
const mostRows = 32;
/** Programs that are kept; each is for a head, a number of rows and a length. */
const mostPrograms = 64;

/** How a parameter lies in the memory of the resident engine. */
function layoutOf({ role, shape }: Pick<ParameterSpec, 'role' | 'shape'>): WeightLayout {
  if (role.endsWith('-embeddings')) return 'table';
  return shape.length === 1 ? 'vector' : 'matrix';
}

/** What weights that a diff brings are called in memory: those of equal shape share a place. */
function slotName(name: string, shape: readonly number[]): string {
  return `${name} [${shape.join(', ')}]`;
}

/**
 * Takes memory for a parameter of a base.
 *
 * @param half which halves hold all its values, if they may be kept so; only a matrix and the word embeddings are
 */
export function addParameter(weights: ResidentWeights, spec: ParameterSpec, half?: HalfFormat): void {
  const { name, shape, role } = spec;
  const layout = layoutOf(spec);
  const isLarge = layout === 'matrix' || role === 'word-embeddings';
  weights.add(name, shape, layout, isLarge ? half : undefined);
}

/** Takes memory for the parameters of a base. @returns their names */
export function addBase(weights: ResidentWeights, config: EncoderConfig): ReadonlySet<string> {
  const specs = baseParameters(config);
  for (const spec of specs) addParameter(weights, spec);
  return new Set(specs.map(({ name }) => name));
}

/** Takes memory for weights that a diff brings. @returns what they are called there */
export function addSlot(weights: ResidentWeights, name: string, shape: readonly number[]): string {
  const slot = slotName(name, shape);
  weights.add(slot, shape, layoutOf({ role: 'head', shape }));
  return slot;
}

/** Runs models over the weights of a resident engine, with programs for batches of 1, 2, 4, … rows. */
export class ResidentPredictor {
  readonly #programs = new Map<string, Promise<Program>>();

  /** @param isBase whether a parameter is the base's, by name; others are found in slots */
  constructor(
    readonly engine: ResidentEngine,
    readonly isBase: (name: string) => boolean,
  ) {}

  /**
   * @returns as of `Predictor.outputs`
   * @throws RangeError if a row is longer than the model has positions; TokenTypeError for pairs that it has no type for
   */
  async outputs(
    model: ModelOfDiff,
    features: Features,
    { batchSize = mostRows, onRows }: Partial<Pick<Run, 'batchSize' | 'onRows'>> = {},
  ): Promise<RowOutputs> {
    checkTokenTypes(model.config, features);
    const rows: Record<string, Float32Array[]> = {};
    const buckets = chooseBuckets(features, model.config.positions);
    let done = 0;
    for (const plan of planBatches(features, { batchSize, buckets })) {
      const size = 2 ** Math.ceil(Math.log2(plan.rows.length));
      const program = await this.#program(model, size, plan.length);
      const outputs = await program.run(batchTensors(assembleBatch(features, plan, size)));
      collectRows(rows, outputs, plan.rows, size, features.size);
      done += plan.rows.length;
      onRows?.(done);
    }
    return rows;
  }

  #program({ config, head }: ModelOfDiff, batch: number, length: number): Promise<Program> {
    const key = JSON.stringify([config.adapters, head, batch, length]);
    const kept = this.#programs.get(key);
    this.#programs.delete(key); // and set again: the last one used is the last in order
    const program = kept ?? this.#compile({ config, head }, batch, length);
    this.#programs.set(key, program);
    if (kept === undefined) program.catch(() => this.#programs.delete(key));
    if (this.#programs.size > mostPrograms) {
      const [oldest] = this.#programs.keys();
      void this.#programs.get(oldest!)!.then((each) => each.dispose());
      this.#programs.delete(oldest!);
    }
    return program;
  }

  #compile({ config, head }: ModelOfDiff, batch: number, length: number): Promise<Program> {
    const specs = Object.entries(predictInputs(config, head, { batch, length }));
    const slots = specs.map(([name, { shape, dtype }]) => {
      return [name, dtype === 'int32' || this.isBase(name) ? name : slotName(name, shape)] as const;
    });
    const fn: TensorFunction = (inputs) => {
      const named = Object.fromEntries(slots.map(([name, slot]) => [name, inputs[slot]!]));
      return predictFunction(config, head)(named);
    };
    return this.engine.compile(fn, Object.fromEntries(specs.map(([, spec], i) => [slots[i]![1], spec])));
  }
}
