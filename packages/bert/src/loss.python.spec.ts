import { fileURLToPath } from 'node:url';
import { createEngine } from '@diffprune/engine';
import { describePython } from '@diffprune/testing';
import { random } from '@diffprune/testing/random';
import * as tf from '@tensorflow/tfjs';
import { distillationLoss } from './loss.ts';

const script = fileURLToPath(new URL('fixtures/distillation.py', import.meta.url));

describePython(['torch'], "distillation by PyTorch's kl_div", (run) => {
  beforeAll(() => createEngine('tfjs-cpu'));

  it('has the same loss and gradient', () => {
    const next = random(11);
    const scores = () => Array.from({ length: 5 }, () => Array.from({ length: 3 }, () => 10 * next() - 5));
    const cases = [1, 2, 7.5].map((temperature) => ({ temperature, student: scores(), teacher: scores() }));
    const expected = run(script, cases) as { loss: number; gradient: number[][] }[];
    cases.forEach(({ temperature, student, teacher }, i) => {
      const { value, grad } = tf.valueAndGrad((x) => {
        return distillationLoss(x as tf.Tensor2D, tf.tensor2d(teacher), tf.ones([5]), temperature);
      })(tf.tensor2d(student));
      const { loss, gradient } = expected[i]!;
      expect(value.dataSync()[0]).toBeCloseTo(loss, 4);
      (grad.arraySync() as number[][]).forEach((row, r) =>
        row.forEach((slope, c) => expect(slope).toBeCloseTo(gradient[r]![c]!, 5)),
      );
    });
  });
});
