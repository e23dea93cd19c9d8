/**
 * A process of its own that times matrix products on ONNX Runtime: for each line on its standard input it runs every
 * product of a training step alone, each shape once, and prints as `total` what all of them take together.
 *
 * Arguments: size, threads.
 */
import { createEngine, type Program } from '@diffprune/engine';
import * as tf from '@tensorflow/tfjs';
import { createInterface } from 'node:readline';
import { matrixProducts } from './matrix-products.ts';
import { sizes, type SizeName } from './shapes.ts';

/** Milliseconds. */
export interface ProductTimes {
  readonly total: number;
}

const [size, threads] = process.argv.slice(2) as [SizeName, string];
const { config, batch, length } = sizes[size];
const engine = await createEngine('cpu', { threads: Number(threads) });
const timed: { count: number; program: Program; inputs: Record<string, Float32Array>; c: Float32Array }[] =
  [];
for (const { count, batch: of, m, k, n } of matrixProducts(config, batch, length)) {
  const shapes = {
    a: { shape: [of, m, k], dtype: 'float32' },
    b: { shape: [of, k, n], dtype: 'float32' },
  } as const;
  const program = await engine.compile(({ a, b }) => ({ c: tf.matMul(a!, b!) }), shapes);
  const inputs = { a: new Float32Array(of * m * k).fill(0.5), b: new Float32Array(of * k * n).fill(0.5) };
  timed.push({ count, program, inputs, c: new Float32Array(of * m * n) });
}

async function pass(): Promise<ProductTimes> {
  let total = 0;
  for (const { count, program, inputs, c } of timed) {
    // Once to warm up: within a step, products of the same shape follow each other.
    await program.run(inputs, { c });
    const start = performance.now();
    await program.run(inputs, { c });
    total += count * (performance.now() - start);
  }
  return { total };
}

await pass();
process.stdout.write('{}\n');
for await (const _ of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await pass())}\n`);
}
process.stdout.write('{}\n');
