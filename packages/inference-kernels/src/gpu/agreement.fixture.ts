/* In a page: the same steps on both memories, which must write the same to the same places, and nothing else. */
import { random } from '@diffprune/testing/random';
import { Allocator } from '../allocator.ts';
import { createMemory } from '../create-memory.ts';
import type { KernelMemory, WeightLayout } from '../memory.ts';
import {
  addStep,
  attentionStep,
  copyStep,
  embedStep,
  layerNormStep,
  linearStep,
  strideOf,
  type Activation,
  type AttentionShape,
  type Rows,
  type Step,
} from '../steps.ts';
import type { GpuMemory } from './gpu-memory.ts';
import type { Products } from './pipelines.ts';
import { quickerProducts } from './trial.ts';

const bytes = 2 ** 21;

/** A piece of memory in which all is random, or a canary. */
class Field {
  readonly at: number;
  readonly #allocator: Allocator;
  readonly #random = random(11);
  readonly #given: (() => void)[] = [];

  constructor(readonly memory: KernelMemory) {
    this.at = memory.take(bytes);
    this.#allocator = new Allocator(this.at, () => {});
    memory.writeWords(this.at, new Uint32Array(new Float32Array(bytes / 4).fill(12345.678).buffer));
  }

  #floats(length: number): Float32Array {
    return Float32Array.from({ length }, () => 4 * this.#random() - 2);
  }

  rows(count: number, size: number): Rows {
    const place = this.room(count, size);
    const stride = place.stride / 4;
    const values = this.#floats(count * stride).map((x, i) => (i % stride < size ? x : 0));
    this.memory.writeWords(place.at, new Uint32Array(values.buffer));
    return place;
  }

  /** Canaries, where rows are written. */
  room(count: number, size: number): Rows {
    return { at: this.#allocator.take(count * strideOf(size) + 64), stride: strideOf(size) };
  }

  words(count: number, below: number): number {
    const at = this.#allocator.take(4 * count);
    this.memory.writeWords(
      at,
      Uint32Array.from({ length: count }, () => Math.floor(below * this.#random())),
    );
    return at;
  }

  weights(layout: WeightLayout, ...shape: number[]): number {
    const weights = this.memory.addWeights(shape, layout);
    this.memory.write(weights, this.#floats(shape.reduce((a, b) => a * b)));
    this.#given.push(() => this.memory.give(weights.at, weights.bytes));
    return weights.at;
  }

  /** All that is in it after some steps. */
  async after(steps: readonly Step[]): Promise<Float32Array> {
    const { memory } = this;
    const scratchBytes = Math.max(...steps.map(({ scratch = 0 }) => scratch));
    const scratch = memory.scratchPieces > 0 ? memory.take(scratchBytes) : 0;
    const plan = { phases: steps.map((step) => [step]), scratch, scratchBytes };
    await memory.run(plan, [], []);
    memory.drop(plan);
    const words = await memory.readWords(this.at, bytes / 4);
    memory.give(this.at, bytes);
    if (scratch > 0) memory.give(scratch, scratchBytes);
    for (const give of this.#given) give();
    return new Float32Array(words.buffer);
  }
}

const cases = {
  linear(field: Field, rows: number, columns: number, inner: number, activation: Activation) {
    const [weight, bias] = [field.weights('matrix', columns, inner), field.weights('vector', columns)];
    const shape = { rows, columns, inner };
    return [linearStep(field.rows(rows, inner), weight, bias, field.room(rows, columns), shape, activation)];
  },
  attention(field: Field, examples: number, heads: number, rows: number, length: number, size: number) {
    const hidden = heads * size;
    const states = {
      query: field.rows(examples * rows, hidden),
      key: field.rows(examples * length, hidden),
      value: field.rows(examples * length, hidden),
    };
    const mask = field.words(examples * length, 3);
    const shape: AttentionShape = { examples, heads, rows, length, size };
    return [attentionStep(states, mask, field.room(examples * rows, hidden), shape)];
  },
  layerNorm(field: Field, rows: number, size: number) {
    const [x, y] = [field.rows(rows, size), field.rows(rows, size)];
    const [weight, bias] = [field.weights('vector', size), field.weights('vector', size)];
    return [0, y.at].map((residual) =>
      layerNormStep(x, residual, weight, bias, field.room(rows, size), { rows, size }, 1e-5),
    );
  },
  rows(field: Field, examples: number, length: number, size: number) {
    const rows = examples * length;
    const tables = {
      ...{ ids: field.words(rows, 7), typeIds: field.words(rows, 2) },
      ...{ words: field.weights('table', 7, size), positions: field.weights('table', length, size) },
    };
    const [typed, untyped] = [field.room(rows, size), field.room(rows, size)];
    const types = field.weights('table', 2, size);
    const shape = { rows, size, length };
    const part = { at: untyped.at + 4, stride: length * untyped.stride };
    return [
      embedStep({ ...tables, types }, typed, shape),
      embedStep({ ...tables, types: 0 }, untyped, shape),
      addStep(typed, untyped, typed, shape),
      copyStep(part, field.room(examples, size), examples, 4 * (size - 1)),
    ];
  },
};

let memories: Promise<readonly [KernelMemory, GpuMemory]> | undefined;

/** @returns the largest difference, relative where numbers are larger than 1 */
export async function difference(
  name: keyof typeof cases,
  numbers: never[],
  products: Products,
): Promise<number> {
  memories ??= Promise.all([
    createMemory({ runtime: 'wasm' }),
    createMemory({ runtime: 'webgpu', products: 'plain' }) as Promise<GpuMemory>,
  ]);
  const [wasm, gpu] = await memories;
  gpu.products = products;
  const taken = [wasm.taken, gpu.taken];
  const [expected, found] = await Promise.all(
    [wasm, gpu].map((memory) => {
      const field = new Field(memory);
      return field.after((cases[name] as (field: Field, ...numbers: never[]) => Step[])(field, ...numbers));
    }),
  );
  if (String([wasm.taken, gpu.taken]) !== String(taken)) throw new Error('memory was not given back');
  return expected!.reduce((worst, x, i) => {
    const difference = Math.abs(x - found![i]!) / Math.max(1, Math.abs(x));
    return difference <= worst ? worst : difference; // what is no number is the worst
  }, 0);
}

/** What memories say of themselves: one with each way to compute products, and one that nothing is said of. */
export async function descriptions(): Promise<string[]> {
  const found: string[] = [];
  for (const products of ['plain', 'tiled', undefined] as const) {
    const memory = await createMemory({ runtime: products && 'webgpu', products });
    found.push(memory.description);
    memory.dispose();
  }
  return found;
}

/** Which way to compute products a trial finds quicker; afterwards all is given back. */
export async function tried(): Promise<Products> {
  const memory = (await createMemory({ runtime: 'webgpu' })) as GpuMemory;
  const quicker = await quickerProducts(memory);
  if (memory.taken > 0) throw new Error('memory was not given back');
  memory.dispose();
  return quicker;
}
