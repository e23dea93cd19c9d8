/**
 * A process of its own that times matrix products on ONNX Runtime: for each round it runs every product of a training
 * step alone, each shape some times, and tells as `total` what all of them would take at their best.
 *
 * Arguments: size, threads.
 */
import { createEngine, type Program } from '@diffprune/engine';
import * as tf from '@diffprune/tfjs-core';
import { answerTurns } from './answer-turns.ts';
import { matrixProducts, type MatrixProducts } from './matrix-products.ts';
import { sizes, type SizeName } from './shapes.ts';

/** Milliseconds. */
export interface ProductTimes {
  readonly total: number;
}

/** Times that a product is run in a pass; the shortest counts: what is asked is what the library can do. */
const repetitions = 4;

const [size, threads] = process.argv.slice(2) as [SizeName, string];
const { config, batch, length } = sizes[size];
const engine = await createEngine('cpu', { threads: Number(threads) });

/** A product as a program, with b as it stands or transposed: a library may be quicker with either. */
async function product(
  { batch: of, m, k, n }: MatrixProducts,
  transposed: boolean,
): Promise<() => Promise<number>> {
  const outer = of === 1 ? [] : [of];
  const program: Program = await engine.compile(({ a, b }) => ({ c: tf.matMul(a!, b!, false, transposed) }), {
    a: { shape: [...outer, m, k], dtype: 'float32' },
    b: { shape: [...outer, ...(transposed ? [n, k] : [k, n])], dtype: 'float32' },
  });
  const inputs = { a: new Float32Array(of * m * k).fill(0.5), b: new Float32Array(of * k * n).fill(0.5) };
  const c = new Float32Array(of * m * n);
  return async () => {
    const start = performance.now();
    await program.run(inputs, { c });
    return performance.now() - start;
  };
}

const timed: { readonly count: number; readonly forms: readonly (() => Promise<number>)[] }[] = [];
for (const products of matrixProducts(config, batch, length)) {
  timed.push({
    count: products.count,
    forms: [await product(products, false), await product(products, true)],
  });
}

async function pass(): Promise<ProductTimes> {
  let total = 0;
  for (const { count, forms } of timed) {
    let least = Infinity;
    for (const run of forms) {
      for (let i = 0; i < repetitions; i++) least = Math.min(least, await run());
    }
    total += count * least;
  }
  return { total };
}

await pass();
await answerTurns({}, pass);
