import * as tf from '@tensorflow/tfjs';
import { createEngine } from './create-engine.ts';
import type { TensorFunction } from './program.ts';
import { expectAgreement, floats, integers, type Sample } from './spec-agreement.ts';
import { valueAndGradients } from './value-and-gradients.ts';

/** A layer of every kind that a transformer has, and a loss. */
const network: TensorFunction = ({ table, ids, w, b, gain, labels, mask }) => {
  const embedded = tf.gather(table!, ids as tf.Tensor1D);
  const centred = tf.sub(embedded, tf.mean(embedded, -1, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-6));
  const normal = tf.mul(tf.mul(centred, scale), gain!);
  const linear = tf.mul(tf.add(tf.matMul(normal, w!, false, true), b!), mask!);
  const gelu = tf.mul(tf.mul(linear, 0.5), tf.add(tf.erf(tf.mul(linear, Math.SQRT1_2)), 1));
  const heads = tf.transpose(tf.reshape(gelu, [2, 3, 2, 2]), [0, 2, 1, 3]);
  const attention = tf.softmax(tf.matMul(heads, heads, false, true));
  const mixed = tf.reshape(tf.transpose(tf.matMul(attention, heads), [0, 2, 1, 3]), [6, 4]);
  const logits = tf.slice(tf.concat([mixed, tf.tanh(normal)], 1), [0, 1], [6, 5]);
  const picked = tf.mul(tf.oneHot(labels as tf.Tensor1D, 5), tf.logSoftmax(logits));
  return { loss: tf.neg(tf.mean(tf.sum(picked, -1))), logits };
};

const samples: Record<string, Sample> = {
  table: floats([7, 4]),
  ids: integers([6], 0, 7),
  w: floats([4, 4], -1, 1),
  b: floats([4], -1, 1),
  gain: floats([4], 0.5, 1.5),
  labels: integers([6], 0, 5),
  mask: floats([6, 4], 0, 2),
};
const names = ['table', 'w', 'b', 'gain'];
const data = Object.fromEntries(Object.entries(samples).map(([name, sample]) => [name, sample.data]));

describe('valueAndGradients', () => {
  it('compiled agrees with TensorFlow.js', async () => {
    await expectAgreement(valueAndGradients(network, names), samples);
  });

  it('agrees with central differences', async () => {
    const engine = await createEngine('cpu');
    const program = await engine.compile(valueAndGradients(network, names), samples);
    const gradients = await program.run(data);
    const h = 3e-3;
    for (const name of names) {
      const difference = (samples[name]?.data as Float32Array).map(() => 0);
      for (let at = 0; at < difference.length; at++) {
        const losses = await Promise.all(
          [h, -h].map(async (step) => {
            const moved = data[name]?.slice() as Float32Array;
            moved[at] = (moved[at] ?? 0) + step;
            return (await program.run({ ...data, [name]: moved }))['loss']?.[0] ?? NaN;
          }),
        );
        difference[at] = ((losses[0] ?? NaN) - (losses[1] ?? NaN)) / (2 * h);
      }
      // Both the third-order term and rounding, 1e-7 / h, are far below.
      gradients[`gradient/${name}`]?.forEach((gradient, at) => {
        expect(Math.abs(gradient - (difference[at] ?? NaN))).toBeLessThan(1e-3);
      });
    }
  });

  it('computes the extras in the same forward pass', () => {
    let calls = 0;
    const counted: TensorFunction = (inputs) => {
      calls++;
      return network(inputs);
    };
    const before = tf.memory().numTensors;
    const outputs = tf.tidy(() => {
      const tensors = Object.entries(samples).map(([name, { data: values, shape, dtype }]) => [
        name,
        tf.tensor(values, [...shape], dtype),
      ]);
      const results = valueAndGradients(counted, names)(Object.fromEntries(tensors));
      return Object.fromEntries(Object.entries(results).map(([name, { shape }]) => [name, shape]));
    });
    expect(calls).toBe(1);
    expect(outputs).toEqual({
      loss: [],
      logits: [6, 5],
      'gradient/table': [7, 4],
      'gradient/w': [4, 4],
      'gradient/b': [4],
      'gradient/gain': [4],
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says what is wrong', async () => {
    const engine = await createEngine('cpu');
    const compile = (fn: TensorFunction, gradientNames: string[]) =>
      engine.compile(valueAndGradients(fn, gradientNames), samples);
    await expect(compile(network, ['nothing'])).rejects.toThrow(
      "'nothing' is no input, so it has no gradient",
    );
    await expect(compile(network, ['ids'])).rejects.toThrow(
      "input 'ids' is int32; only float32 inputs have gradients",
    );
    await expect(compile(({ w }) => ({ loss: tf.sum(w!) }), ['b'])).rejects.toThrow(
      "the loss does not depend on input 'b', which has no gradient",
    );
    await expect(compile(({ w }) => ({ loss: w! }), ['w'])).rejects.toThrow(
      'the loss is float32 of shape [4,4]; expected a float32 scalar',
    );
    await expect(compile(({ w }) => ({ w: w! }), ['w'])).rejects.toThrow("returned no output 'loss'");
    expect(() => valueAndGradients(network, [])).toThrow('name at least one input');
    expect(() => valueAndGradients(network, ['w', 'w'])).toThrow("the gradient of 'w' is asked for twice");
  });
});
