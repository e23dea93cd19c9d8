import { jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { createEngine } from '../create-engine.ts';
import { EngineUnavailableError, ProgramTensorError, TraceError } from '../errors.ts';
import type { TensorSpec } from '../program.ts';

const float = (...shape: number[]): TensorSpec => ({ shape, dtype: 'float32' });
const f = (...values: number[]) => Float32Array.from(values);

describe('engines of TensorFlow.js', () => {
  it('runs like a compiled program, on the plain backend, and leaves no tensor and no advertisement', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
    const engine = await createEngine('tfjs-cpu');
    const outside = tf.tensor([5, 6]);
    const before = tf.memory().numTensors;
    const program = await engine.compile(
      ({ x, n }) => ({ sum: tf.add(x!, n!), x: x!, same: x!, outside, n: tf.neg(n!) }),
      { x: float(2), n: { shape: [2], dtype: 'int32' } },
    );
    expect(program.outputs).toEqual({
      sum: float(2),
      x: float(2),
      same: float(2),
      outside: float(2),
      n: { shape: [2], dtype: 'int32' },
    });
    const sum = f(0, 0);
    const outputs = await program.run({ x: f(1, 2), n: Int32Array.of(3, 4) }, { sum });
    expect(outputs).toEqual({
      sum: f(4, 6),
      x: f(1, 2),
      same: f(1, 2),
      outside: f(5, 6),
      n: Int32Array.of(-3, -4),
    });
    expect(outputs['sum']).toBe(sum);
    expect(tf.memory().numTensors).toBe(before);
    expect(Array.from(outside.dataSync())).toEqual([5, 6]);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('checks its inputs and what the function returns', async () => {
    const engine = await createEngine('tfjs-cpu');
    const program = await engine.compile(({ x }) => ({ y: tf.neg(x!) }), { x: float(2) });
    await expect(program.run({})).rejects.toBeInstanceOf(ProgramTensorError);
    await expect(
      engine.compile(({ x }) => ({ y: tf.greater(x!, 0) }), { x: float(2) }),
    ).rejects.toBeInstanceOf(TraceError);
    await program.dispose();
    await expect(program.run({ x: f(1, 2) })).rejects.toThrow('disposed of');
  });

  it('notices a function that gives something else than before', async () => {
    const engine = await createEngine('tfjs-cpu');
    let size = 2;
    const program = await engine.compile(() => ({ y: tf.zeros([size]) }), {});
    size = 3;
    await expect(program.run({})).rejects.toThrow(
      "output 'y' is another than when the function was compiled",
    );
  });

  it('names the library to install for a backend that is missing', async () => {
    const error: unknown = await createEngine('tensorflow').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(EngineUnavailableError);
    expect((error as Error).message).toContain(
      "engine 'tensorflow' needs a library that is not here: " +
        'npm install @tensorflow/tfjs-node-gpu, or @tensorflow/tfjs-node',
    );
    await expect(createEngine('tfjs-abacus')).rejects.toThrow("TensorFlow.js has no backend 'abacus'");
  });
});
