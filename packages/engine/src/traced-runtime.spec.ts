import { random } from '@diffprune/testing/random';
import * as tf from '@tensorflow/tfjs';
import { createEngine } from './create-engine.ts';
import { ProgramError, ProgramTensorError, TraceError } from './errors.ts';
import type { Engine, Program, TensorFunction, TensorSpec } from './program.ts';

const float = (...shape: number[]): TensorSpec => ({ shape, dtype: 'float32' });
const int = (...shape: number[]): TensorSpec => ({ shape, dtype: 'int32' });
const f = (...values: number[]) => Float32Array.from(values);
const i = (...values: number[]) => Int32Array.from(values);

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine('cpu', { threads: 2 });
});

/** Compiles a function that the compiler must refuse. */
async function refused(fn: (inputs: Record<'x', tf.Tensor>) => unknown, spec = float(3)): Promise<unknown> {
  return engine.compile(fn as TensorFunction, { x: spec }).then(
    () => undefined,
    (error: unknown) => error,
  );
}

it('copies no output that it has an array for', async () => {
  const program = await engine.compile(
    ({ x, at }) => {
      const sum = tf.sum(tf.mul(tf.gather(x!, at!), 3));
      return { y: tf.add(x!, 1), sum };
    },
    { x: float(1000, 1000), at: int(2) },
  );
  const [x, y, sum] = [new Float32Array(1e6).fill(2), new Float32Array(1e6), f(0)];
  await program.run({ x, at: i(0, 5) }, { y, sum });
  const before = process.memoryUsage().arrayBuffers;
  await program.run({ x, at: i(1, 2) }, { y, sum });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e5); // y has four million bytes
  expect(sum[0]).toBe(12000);
  expect(y.every((value) => value === 3)).toBe(true);
});

describe('what a function may return', () => {
  it('an input, a constant, one tensor under two names, beside an input that it does not use', async () => {
    const outside = tf.tensor([7, 8, 9]);
    const program = await engine.compile(
      ({ x }) => {
        const twice = tf.add(x!, x!);
        return { x: x!, constant: tf.scalar(5), zeros: tf.zeros([6, 6]), outside, twice, again: twice };
      },
      { x: float(3), unused: int(2) },
    );
    const kept = { x: f(0, 0, 0), constant: f(0), zeros: new Float32Array(36).fill(1), again: f(0, 0, 0) };
    const outputs = await program.run({ x: f(1, 2, 3), unused: i(0, 0) }, kept);
    expect(outputs).toEqual({
      x: f(1, 2, 3),
      constant: f(5),
      zeros: new Float32Array(36),
      outside: f(7, 8, 9),
      twice: f(2, 4, 6),
      again: f(2, 4, 6),
    });
    expect(outputs['x']).toBe(kept.x);
    // The outside tensor still works where it was.
    expect(Array.from(outside.dataSync())).toEqual([7, 8, 9]);
  });

  it('tensors without elements, alone or among others', async () => {
    const alone = await engine.compile(({ x }) => ({ y: tf.mul(x!, 2) }), { x: float(0, 3) });
    expect(alone.outputs).toEqual({ y: float(0, 3) });
    expect(await alone.run({ x: f() })).toEqual({ y: f() });
    const among = await engine.compile(({ x, e }) => ({ y: tf.concat([x!, e!]), e: tf.neg(e!) }), {
      x: float(2),
      e: float(0),
    });
    expect(await among.run({ x: f(1, 2), e: f() })).toEqual({ y: f(1, 2), e: f() });
  });

  it('nothing else', async () => {
    const errors = [
      await refused(({ x }) => ({ y: tf.greater(x, 0) })),
      await refused(async ({ x }) => ({ y: tf.neg(x) })),
      await refused(() => ({})),
      await refused(() => ({ y: 3 })),
      await refused(() => undefined),
    ];
    for (const error of errors) expect(error).toBeInstanceOf(TraceError);
    expect(errors.map((error) => (error as Error).message)).toEqual([
      "the function's output 'y' is bool; cast it to float32 or int32",
      'the function returned a promise; it must compute its outputs synchronously',
      'the function returned no output; return at least one',
      "the function's output 'y' is not a tensor",
      'the function returned undefined; expected a record of named tensors',
    ]);
  });
});

describe('what a function may do', () => {
  it('a kernel without translation is refused with its name and attributes', async () => {
    const error = await refused(({ x }) => ({ y: tf.topk(x, 2).values }));
    expect(error).toBeInstanceOf(TraceError);
    expect((error as Error).message).toBe(
      'TensorFlow.js kernel TopK(x: float32[3]) with attributes {"k":2,"sorted":true} cannot be compiled: ' +
        'it has no translation to ONNX',
    );
  });

  const refusals: Record<string, (x: tf.Tensor) => tf.Tensor> = {
    'Acos(x: int32[3]) with attributes {} cannot be compiled: backends of TensorFlow.js differ': (x) =>
      tf.acos(x),
    'Abs(x: bool[3])': (x) => tf.abs(tf.cast(x, 'bool')),
    'Cumsum(x: bool[3])': (x) => tf.cumsum(tf.cast(x, 'bool')),
    'Add(a: bool[3], b: bool[3])': (x) => tf.add(tf.cast(x, 'bool'), tf.cast(x, 'bool')),
    'matrix products are of float32': (x) => tf.matMul(tf.reshape(x, [1, 3]), tf.reshape(x, [3, 1])),
    'the columns of the first matrix are not as many as the rows': () =>
      tf.matMul(tf.ones([2, 3]), tf.ones([2, 3])),
    'Slice(x: int32[3]) with attributes {"begin":[1],"size":[3]} cannot be compiled': (x) =>
      tf.slice(x, [1], [3]),
    'along the non-concatenated axis': () => tf.concat([tf.ones([2, 3]), tf.ones([2, 2])]),
    'its inputs are of different element types': (x) => tf.concat([x, tf.ones([2])]),
    'its inputs differ in shape': (x) => tf.stack([x, tf.zeros([2], 'int32')]),
    'axis -3 is not in [-2, 2)': (x) => tf.expandDims(x, -3),
    'its indices have 2 positions, more than the 1 axes': (x) => tf.gatherND(x, tf.zeros([1, 2], 'int32')),
    'RaggedGather(': (x) => tf.raggedGather([tf.tensor1d([0, 3], 'int32')], x, x, 1).outputDenseValues,
    'kernel NoKernel cannot be compiled': (x) => tf.engine().runKernel('NoKernel', { x }) as tf.Tensor,
    'a string tensor of shape [1] cannot be compiled': () => tf.tensor(['text']),
    'Complex(': () => tf.complex(1, 2),
  };
  it.each(Object.entries(refusals))('refused by name: %s', async (message, fn) => {
    const error = await refused(({ x }) => ({ y: tf.cast(fn(x), 'int32') }), int(3));
    expect(error).toBeInstanceOf(TraceError);
    expect((error as Error).message).toContain(message);
  });

  it('variables live as long as they do elsewhere', async () => {
    const program = await engine.compile(
      ({ x }) => {
        const first = tf.mul(x!, 2);
        const sum = tf.variable(first);
        first.dispose();
        sum.assign(tf.add(sum, x!));
        const y = tf.add(sum, 1);
        sum.dispose();
        return { y };
      },
      { x: float(2) },
    );
    expect(await program.run({ x: f(1, 2) })).toEqual({ y: f(4, 7) });
  });

  it('reading a value that is not there yet is refused, even when the function hides the error', async () => {
    const read = await refused(({ x }) => ({ y: tf.scalar(tf.sum(x).dataSync()[0] ?? 0) }));
    const hidden = await refused(({ x }) => {
      try {
        x.dataSync();
      } catch {
        // The compiler must notice all the same.
      }
      return { y: x };
    });
    for (const error of [read, hidden]) {
      expect(error).toBeInstanceOf(TraceError);
      expect((error as Error).message).toContain('reads the values of a tensor of shape');
    }
  });

  it('reading a constant works', async () => {
    const program = await engine.compile(({ x }) => ({ y: tf.mul(x!, tf.fill([2], 4).dataSync()[1] ?? 0) }), {
      x: float(1),
    });
    expect(await program.run({ x: f(2) })).toEqual({ y: f(8) });
  });

  it('errors of the function come through, and the backend of before is current again', async () => {
    await tf.setBackend('cpu');
    const failure = new Error('its own');
    expect(
      await refused(() => {
        throw failure;
      }),
    ).toBe(failure);
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.engine().registryFactory).not.toHaveProperty('diffprune-trace');
    const before = tf.memory().numTensors;
    await engine.compile(({ x }) => ({ y: tf.relu(x!) }), { x: float(3) });
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('programs compiled and run at the same time do not mix', async () => {
    const numbers = Array.from({ length: 8 }, (_, n) => n);
    const programs = await Promise.all(
      numbers.map((n) => engine.compile(({ x }) => ({ y: tf.mul(x!, n) }), { x: float(2) })),
    );
    const outputs = await Promise.all(programs.map((program) => program.run({ x: f(1, 2) })));
    expect(outputs).toEqual(numbers.map((n) => ({ y: f(n, 2 * n) })));
  });
});

describe('what a program is given', () => {
  let program: Program;
  beforeAll(async () => {
    program = await engine.compile(({ x, n }) => ({ y: tf.add(x!, n!), n: tf.neg(n!) }), {
      x: float(2, 2),
      n: int(2),
    });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    [
      'a missing input',
      { x: f(1, 2, 3, 4) },
      {},
      "input 'n' is missing; give a Int32Array of 2 elements, shape [2]",
    ],
    [
      'an unknown input',
      { x: f(1, 2, 3, 4), n: i(1, 2), z: f(1) },
      {},
      "'z' is no input of this program; it has: x, n",
    ],
    [
      'a wrong length',
      { x: f(1, 2, 3), n: i(1, 2) },
      {},
      "input 'x' has 3 elements; expected a Float32Array of 4 elements, shape [2,2]",
    ],
    [
      'a wrong element type',
      { x: f(1, 2, 3, 4), n: f(1, 2) },
      {},
      "input 'n' is Float32Array; expected a Int32Array of 2 elements, shape [2]",
    ],
    [
      'a plain list',
      { x: [1, 2, 3, 4], n: i(1, 2) },
      {},
      "input 'x' is Array; expected a Float32Array of 4 elements, shape [2,2]",
    ],
    [
      'an unknown output',
      { x: f(1, 2, 3, 4), n: i(1, 2) },
      { z: f(1) },
      "'z' is no output of this program; it has: y, n",
    ],
    [
      'an output of a wrong length',
      { x: f(1, 2, 3, 4), n: i(1, 2) },
      { y: f(1) },
      "output 'y' has 1 elements; expected a Float32Array of 4 elements, shape [2,2]",
    ],
  ])('%s is refused', async (_name, inputs, outputs, message) => {
    const error: unknown = await program.run(inputs as never, outputs as never).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ProgramTensorError);
    expect((error as Error).message).toBe(message);
  });

  it('shapes and element types of inputs are checked when it is compiled', async () => {
    await expect(engine.compile(({ x }) => ({ x: x! }), { x: float(-1) })).rejects.toThrow(
      "input 'x' has shape [-1]; axes are whole numbers, with fewer than 2^31 elements in all",
    );
    const bool = { shape: [1], dtype: 'bool' } as unknown as TensorSpec;
    await expect(engine.compile(({ x }) => ({ x: x! }), { x: bool })).rejects.toThrow(
      "input 'x' has dtype bool; use float32 or int32",
    );
  });

  it('outputs are written in place, and nothing beside them', async () => {
    const memory = new Float32Array(12).fill(9);
    const y = memory.subarray(4, 8);
    const outputs = await program.run({ x: f(1, 2, 3, 4), n: i(10, 20) }, { y });
    expect(outputs['y']).toBe(y);
    expect(memory).toEqual(f(9, 9, 9, 9, 11, 22, 13, 24, 9, 9, 9, 9));
    expect(outputs['n']).toEqual(i(-10, -20));
  });

  it('inputs may be views into a larger memory, and stay as they are', async () => {
    const memory = f(0, 1, 2, 3, 4, 5);
    const outputs = await program.run({ x: memory.subarray(1, 5), n: i(0, 1).subarray(0) });
    expect(outputs['y']).toEqual(f(1, 3, 3, 5));
    expect(memory).toEqual(f(0, 1, 2, 3, 4, 5));
  });

  it('an index out of range fails the run', async () => {
    const gather = await engine.compile(({ x, n }) => ({ y: tf.gather(x!, n as tf.Tensor1D) }), {
      x: float(3, 2),
      n: int(1),
    });
    const x = f(1, 2, 3, 4, 5, 6);
    expect(await gather.run({ x, n: i(2) })).toEqual({ y: f(5, 6) });
    for (const n of [3, -1, -4]) {
      await expect(gather.run({ x, n: i(n) })).rejects.toBeInstanceOf(ProgramError);
    }
    const scatter = await engine.compile(({ x, n }) => ({ y: tf.scatterND(n!, x!, [2, 2]) }), {
      x: float(1),
      n: int(1, 2),
    });
    expect(await scatter.run({ x: f(5), n: i(1, 0) })).toEqual({ y: f(0, 0, 5, 0) });
    // The second would be a position within the tensor, if not an index within its axis.
    for (const n of [i(2, 0), i(0, 2), i(-1, 3), i(-1, 0)]) {
      await expect(scatter.run({ x: f(5), n })).rejects.toBeInstanceOf(ProgramError);
    }
  });

  it('a disposed program does not run', async () => {
    const short = await engine.compile(({ x }) => ({ y: tf.neg(x!) }), { x: float(1) });
    await short.dispose();
    await short.dispose();
    await expect(short.run({ x: f(1) })).rejects.toThrow(
      'this program was disposed of; compile it again to run it',
    );
  });
});

it('the same run gives the same bytes on two threads, sums in the order of the indices', async () => {
  const [rows, width, n] = [50, 64, 4096];
  const program = await engine.compile(
    ({ x, ids, w }) => ({
      sums: tf.unsortedSegmentSum(x!, ids as tf.Tensor1D, rows),
      inside: tf.neg(tf.unsortedSegmentSum(x!, ids as tf.Tensor1D, rows)),
      product: tf.matMul(x!, w!, true, false),
      softmax: tf.softmax(tf.matMul(x!, w!.slice([0, 0], [n, width]), false, true)).sum(0),
    }),
    { x: float(n, width), ids: int(n), w: float(n, width) },
  );
  const next = random(3);
  const centred = () => Float32Array.from({ length: n * width }, () => next() - 0.5);
  const inputs = { x: centred(), ids: Int32Array.from({ length: n }, () => next() * rows), w: centred() };
  const first = await program.run(inputs);
  for (let run = 0; run < 5; run++) expect(await program.run(inputs)).toEqual(first);
  const sums = new Float32Array(rows * width);
  inputs.x.forEach((value, at) => {
    const row = inputs.ids[Math.floor(at / width)] ?? 0;
    const position = row * width + (at % width);
    sums[position] = (sums[position] ?? 0) + value;
  });
  expect(first['sums']).toEqual(sums);
  expect(first['inside']).toEqual(sums.map((value) => -value));
});
