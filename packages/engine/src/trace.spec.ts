import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import protobuf from 'protobufjs';
import { writeModel } from './onnx-model.ts';
import type { TensorFunction, TensorSpec } from './program.ts';
import { trace } from './trace.ts';
import { valueAndGradients } from './value-and-gradients.ts';

interface Model {
  graph: {
    node: { opType: string; input: string[]; output: string[] }[];
    initializer: { name: string; dims: number[]; dataType: number; rawData: Uint8Array }[];
    input: { name: string }[];
    output: { name: string }[];
  };
}

// Read by the schema itself, not by the code that is generated from it.
const schema = protobuf.parse(readFileSync(new URL('../proto/onnx.proto', import.meta.url), 'utf8')).root;

function graphOf(fn: TensorFunction, inputs: Record<string, TensorSpec>): Model['graph'] {
  const type = schema.lookupType('onnx.ModelProto');
  const { bytes } = writeModel(trace(fn, inputs).values);
  return (type.toObject(type.decode(bytes), { longs: Number, arrays: true }) as Model).graph;
}

const x: TensorSpec = { shape: [4, 3], dtype: 'float32' };
const operators = (fn: TensorFunction, inputs: Record<string, TensorSpec> = { x }) =>
  graphOf(fn, inputs).node.map(({ opType }) => opType);

describe('the graph of a traced function', () => {
  it('has no nodes for what changes nothing', () => {
    const fn: TensorFunction = ({ x }) => {
      const same = tf.cast(tf.reshape(tf.clone(x!), [4, 3]), 'float32');
      return {
        y: tf.neg(
          tf.pad(tf.tile(tf.mul(same, 1), [1, 1]), [
            [0, 0],
            [0, 0],
          ]),
        ),
      };
    };
    expect(operators(fn)).toEqual(['Neg']);
  });

  it('computes equal expressions once, and unused ones never', () => {
    const fn: TensorFunction = ({ x }) => {
      tf.exp(x!);
      return { y: tf.mul(tf.tanh(tf.add(x!, 2)), tf.tanh(tf.add(x!, 2))) };
    };
    expect(operators(fn)).toEqual(['Add', 'Tanh', 'Mul']);
  });

  it('reshapes once, and multiplies transposed matrices without transposing them', () => {
    const fn: TensorFunction = ({ x }) => {
      const rows = tf.reshape(tf.reshape(tf.relu(x!), [12]), [6, 2]);
      return { y: tf.matMul(rows, rows, true, false) };
    };
    expect(operators(fn)).toEqual(['Relu', 'Reshape', 'FusedMatMul']);
  });

  it("has scalars for constants of equal elements, and none of the ones in TensorFlow.js's gradients", () => {
    const graph = graphOf(
      valueAndGradients(({ x }) => ({ loss: tf.sum(tf.square(x!)) }), ['x']),
      { x },
    );
    // 2x, times a gradient of ones.
    expect(graph.node.map(({ opType }) => opType)).toEqual(['Mul', 'ReduceSum', 'Mul']);
    expect(Math.max(...graph.initializer.map(({ rawData }) => rawData.length))).toBeLessThanOrEqual(16);
  });

  it('stores constants as little-endian bytes, equal shapes once', () => {
    const fn: TensorFunction = ({ x }) => ({
      y: tf.add(tf.reshape(x!, [3, 4]), tf.tensor([1.5, -2, 3, 0])),
      z: tf.neg(tf.reshape(tf.relu(x!), [3, 4])),
    });
    const { initializer } = graphOf(fn, { x });
    expect(initializer.map(({ dims, dataType }) => ({ dims, dataType }))).toEqual([
      { dims: [2], dataType: 7 },
      { dims: [4], dataType: 1 },
    ]);
    expect(Buffer.from(initializer[0]?.rawData ?? []).toString('hex')).toBe(
      '03000000000000000400000000000000',
    );
    expect(Buffer.from(initializer[1]?.rawData ?? []).toString('hex')).toBe(
      '0000c03f000000c00000404000000000',
    );
  });

  it('leaves the gradient of a table to the host, and keeps no large constant for one that it uses', () => {
    const inputs: Record<string, TensorSpec> = {
      table: { shape: [5000, 64], dtype: 'float32' },
      ids: { shape: [10], dtype: 'int32' },
    };
    const fn: TensorFunction = ({ table, ids }) => ({
      loss: tf.sum(tf.square(tf.gather(table!, ids as tf.Tensor1D))),
    });
    const gradient = valueAndGradients(fn, ['table']);
    const outside = graphOf(gradient, inputs);
    expect(outside.node.map(({ opType }) => opType)).not.toContain('ScatterElements');
    expect(outside.output.map(({ name }) => name)).toEqual([
      'output/loss',
      'index/gradient/table',
      'updates/gradient/table',
    ]);
    const inside = graphOf((given) => ({ y: tf.neg(gradient(given)['gradient/table']!) }), inputs);
    expect(inside.node.map(({ opType }) => opType)).toContain('ScatterElements');
    expect(inside.initializer.reduce((sum, { rawData }) => sum + rawData.length, 0)).toBeLessThan(200);
  });

  it('names inputs and outputs after those of the function, without the inputs that it does not use', () => {
    const graph = graphOf(({ a, 'b.c': b }) => ({ a: tf.neg(a!), 'gradient/b.c': tf.abs(b!) }), {
      a: x,
      'b.c': x,
      unused: x,
    });
    expect(graph.input.map(({ name }) => name)).toEqual(['input/a', 'input/b.c']);
    expect(graph.output.map(({ name }) => name)).toEqual(['output/a', 'output/gradient/b.c']);
  });
});
