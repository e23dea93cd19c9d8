import * as tf from '@tensorflow/tfjs';
import { createEngine } from './create-engine.ts';
import type { TensorFunction } from './program.ts';
import { expectAgreement } from './agreement.fixture.ts';
import { data, names, network, samples } from './network.fixture.ts';
import { valueAndGradients } from './value-and-gradients.ts';

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
