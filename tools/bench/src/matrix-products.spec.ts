import { baseParameters, headParameters, trainFunction, trainInputs } from '@diffprune/bert';
import { valueAndGradients } from '@diffprune/engine';
import * as tf from '@tensorflow/tfjs';
import { jest } from '@jest/globals';
import { matrixProducts, operations } from './matrix-products.ts';
import { sizes } from './shapes.ts';

// TensorFlow.js's own count of the products that the model's forward and backward pass call.
it('counts the products that a training step makes', async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {}); // TensorFlow.js advertises its native library
  await tf.setBackend('cpu');
  const config = { ...sizes.tiny.config, vocabSize: 50 };
  const [batch, length] = [3, 8];
  const head = { kind: 'classification', labels: 2 } as const;
  const names = [...baseParameters(config), ...headParameters(config, head)].map(({ name }) => name);
  const given = Object.entries(trainInputs(config, head, { batch, length })).map(
    ([name, { shape, dtype }]) => {
      return [name, tf.zeros([...shape], dtype)] as const;
    },
  );
  const found: number[] = [];
  const { kernelFunc } = tf.getKernel('BatchMatMul', 'cpu')!;
  tf.unregisterKernel('BatchMatMul', 'cpu');
  tf.registerKernel({
    kernelName: 'BatchMatMul',
    backendName: 'cpu',
    kernelFunc(call) {
      const [a, b] = [call.inputs['a']!, call.inputs['b']!];
      const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
      const stored = a.shape.slice(-2);
      const [rows, inner] = transposeA ? stored.toReversed() : stored;
      const columns = b.shape.at(transposeB ? -2 : -1)!;
      const of = a.shape.slice(0, -2).reduce((product, axis) => product * axis, 1);
      // the products with one-hot token types, and the classifier's, are left out: they are small
      if (![rows, inner, columns].includes(2)) found.push(2 * of * rows! * inner! * columns);
      return kernelFunc(call);
    },
  });
  valueAndGradients(trainFunction(config, head), names)(Object.fromEntries(given));
  const counted = found.reduce((sum, each) => sum + each, 0);
  expect(counted).toBe(operations(matrixProducts(config, batch, length)));
});
