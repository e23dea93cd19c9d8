import * as tf from '@diffprune/tfjs-core';
import { TraceError } from './errors.ts';
import type { AnyTensor, TensorFunction } from './program.ts';
import { registerGradients } from './register-gradients.ts';

/**
 * A tensor function that also gives gradients.
 *
 * @param fn inputs → `{ loss, ...extra }`, where `loss` is a float32 scalar
 * @param names the inputs to differentiate with respect to: float32
 * @returns inputs → `{ loss, ...extra, 'gradient/<name>': ∂loss/∂name, ... }`, all from one forward pass; each
 *   gradient has the shape of its input
 * @throws RangeError for no name, or a name given twice; TraceError, when the function is called, for a name that is no
 *   float32 input or that the loss does not depend on, or where `fn` gives no scalar loss
 */
export function valueAndGradients<T extends AnyTensor = tf.Tensor>(
  fn: TensorFunction<T>,
  names: readonly string[],
): TensorFunction<T> {
  if (names.length === 0) throw new RangeError('name at least one input to differentiate with respect to');
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw new RangeError(`the gradient of '${repeated}' is asked for twice`);
  registerGradients();
  return differentiated(fn as unknown as TensorFunction, names) as unknown as TensorFunction<T>;
}

function differentiated(fn: TensorFunction, names: readonly string[]): TensorFunction {
  return (inputs) => {
    const variables = names.map((name) => {
      const input = inputs[name];
      if (input === undefined) throw new TraceError(`'${name}' is no input, so it has no gradient`);
      if (input.dtype !== 'float32') {
        throw new TraceError(`input '${name}' is ${input.dtype}; only float32 inputs have gradients`);
      }
      return input;
    });
    let outputs: Record<string, tf.Tensor> = {};
    const { value, grads } = tf.engine().gradients(
      () => {
        const returned = fn(inputs);
        const loss = checkLoss(returned['loss']);
        // Kept beyond the scope that the forward pass runs in.
        outputs = Object.fromEntries(
          Object.entries(returned).map(([name, t]) => [name, tf.keep(tf.clone(t))]),
        );
        return loss;
      },
      variables,
      undefined,
      true,
    );
    value.dispose();
    const gradients = names.map((name, i) => {
      const gradient = grads[i];
      if (!gradient)
        throw new TraceError(`the loss does not depend on input '${name}', which has no gradient`);
      return [`gradient/${name}`, gradient] as const;
    });
    const results = Object.entries(outputs).map(([name, kept]) => {
      // A clone belongs to the caller's scope again.
      const result = tf.clone(kept);
      kept.dispose();
      return [name, result] as const;
    });
    return Object.fromEntries([...results, ...gradients]);
  };
}

function checkLoss(loss: tf.Tensor | undefined): tf.Tensor {
  if (loss === undefined) throw new TraceError("the function to differentiate returned no output 'loss'");
  if (loss.shape.length > 0 || loss.dtype !== 'float32') {
    throw new TraceError(`the loss is ${loss.dtype} of shape [${loss.shape}]; expected a float32 scalar`);
  }
  return loss;
}
