import { binary } from './composed.ts';
import { ProgramError } from './errors.ts';
import type { Graph, Value } from './graph.ts';
import type { TensorData } from './program.ts';
import { slice } from './shapes.ts';
import { sizeOf } from './tensors.ts';

/*
 * Rows added up by index: the gradient of a gather. Inside a program that is a node. As an output of the
 * program, which the gradient of an embedding table is, it is done on the host instead: the program gives the
 * few rows, not the whole table. (A step of BERT-tiny, 32 x 64 tokens, spent about a tenth of its time on it.)
 */

/**
 * Rows of `updates` [n, width] added, each to the row of zeros that its index says, float32 or int32 → `shape`
 * of rows · width elements.
 */
export function scatterAdd(graph: Graph, index: Value, updates: Value, shape: readonly number[]): Value {
  const [n = 0, width = 0] = updates.shape;
  if (n === 0) return graph.uniform(0, shape, updates.dtype);
  const column = graph.reshape(index, [n, 1]);
  // The zeros come from an index, times 0: made of constants alone, they would be folded into one large one,
  // which each program would keep in memory.
  const first = slice(graph, column, [0, 0], [1, 1]);
  const zero = graph.cast(binary(graph, 'Mul', first, graph.uniform(0, [], index.dtype)), updates.dtype);
  const zeros = graph.expand(zero, [sizeOf(shape) / width, width]);
  // ONNX Runtime's ScatterND would take whole rows, but with reduction `add` its threads race where an index
  // occurs twice, and lose updates (onnxruntime issue 18048). ScatterElements adds one after another.
  const inputs = [zeros, graph.expand(column, [n, width]), updates];
  const attributes = { axis: 0, reduction: 'add' };
  const sums = graph.node('ScatterElements', inputs, zeros.shape, updates.dtype, attributes);
  const result = graph.reshape(sums, shape);
  graph.scatters.set(result, { index, updates });
  return result;
}

/**
 * Overwrites `sums` [rows, width] with zeros, and adds row i of `updates` [n, width] to row `index[i]`, in the
 * order of i.
 *
 * @throws ProgramError for an index outside [0, rows)
 */
export function addRows(sums: TensorData, index: Int32Array, updates: TensorData): void {
  const width = updates.length / index.length;
  sums.fill(0);
  for (let i = 0; i < index.length; i++) {
    const to = (index[i] as number) * width;
    const from = i * width;
    if (to < 0 || to >= sums.length) {
      throw new ProgramError(`index ${index[i]} to add at is not in [0, ${sums.length / width})`);
    }
    for (let j = 0; j < width; j++) sums[to + j] = (sums[to + j] as number) + (updates[from + j] as number);
  }
}
