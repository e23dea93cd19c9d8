import { InferenceKernelError } from '../errors.ts';
import { linearStep, strideOf } from '../steps.ts';
import type { GpuMemory } from './gpu-memory.ts';
import type { Products } from './pipelines.ts';

const [rows, columns, inner] = [64, 256, 256];
/** Milliseconds that are long enough to compare. */
const enough = 4;

/**
 * Which way to compute products is quicker on this GPU.
 *
 * @throws InferenceKernelError if either gives wrong numbers
 */
export async function quickerProducts(memory: GpuMemory): Promise<Products> {
  const weight = memory.addWeights([columns, inner], 'matrix');
  const bias = memory.addWeights([columns], 'vector');
  const stride = strideOf(inner);
  const x = { at: memory.take(rows * (stride + strideOf(columns))), stride };
  const out = { at: x.at + rows * stride, stride: strideOf(columns) };
  // Whole numbers, so that sums are exact in any order.
  const [left, right] = [
    (row: number, k: number) => (row * 5 + k * 3) % 7,
    (column: number, k: number) => (column + k) % 5,
  ];
  const each = (n: number, of: (row: number, k: number) => number): Float32Array =>
    Float32Array.from({ length: n * inner }, (_, i) => of(Math.floor(i / inner), i % inner));
  memory.write(weight, each(columns, right));
  memory.writeWords(x.at, new Uint32Array(each(rows, left).buffer));
  const step = linearStep(x, weight.at, bias.at, out, { rows, columns, inner }, 'none');
  const times: Partial<Record<Products, number>> = {};
  let count = 1;
  for (const products of ['plain', 'tiled'] as const) {
    memory.products = products;
    const plan = (steps: number) => ({ phases: [new Array(steps).fill(step)], scratch: 0, scratchBytes: 0 });
    const run = async (steps: number): Promise<number> => {
      const values = new Float32Array(rows * columns);
      const start = performance.now();
      const all = plan(steps);
      await memory.run(all, [], [{ at: out.at, rows, size: columns, values }]);
      memory.drop(all);
      const time = performance.now() - start;
      checkProduct(values, left, right);
      return time;
    };
    await run(1);
    let time = await run(count);
    while (products === 'plain' && time < enough && count < 1024) time = await run((count *= 2));
    times[products] = Math.min(time, await run(count));
  }
  memory.give(weight.at, weight.bytes);
  memory.give(bias.at, bias.bytes);
  memory.give(x.at, rows * (stride + strideOf(columns)));
  return times.tiled! < times.plain! ? 'tiled' : 'plain';
}

/** Checks some elements of every column and row. */
function checkProduct(
  values: Float32Array,
  left: (row: number, k: number) => number,
  right: (column: number, k: number) => number,
): void {
  for (let column = 0; column < columns; column++) {
    const row = column % rows;
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += left(row, k) * right(column, k);
    if (values[row * columns + column] === sum) continue;
    throw new InferenceKernelError(
      "this GPU computes wrong numbers: update its driver, or use runtime 'wasm'",
    );
  }
}
