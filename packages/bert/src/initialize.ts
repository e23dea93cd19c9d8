import { initialValuesStream, streamKey, uniformAt } from '@diffprune/kernels';
import { parameterSize, type ParameterSpec, type Tensors } from './parameters.ts';

/**
 * Fresh parameters as BERT initialises them (Devlin et al. 2019, reference code): weights from a normal
 * distribution with standard deviation `initializerRange`, cut off at two of them; biases 0, LayerNorm 1 and 0.
 * Each parameter's values depend on the seed and its own name alone.
 *
 * @param seed a whole number from 0 to 2^53 - 1
 */
export function initializeParameters(
  specs: readonly ParameterSpec[],
  config: { readonly initializerRange: number },
  seed: number,
): Tensors {
  return new Map(
    specs.map((spec) => {
      const values = new Float32Array(parameterSize(spec));
      if (spec.initial === 'ones') values.fill(1);
      else if (spec.initial === 'normal') {
        const uniform = uniformStream(seed, spec.name);
        for (let i = 0; i < values.length; i++)
          values[i] = truncatedNormal(uniform) * config.initializerRange;
      }
      return [spec.name, values];
    }),
  );
}

/** A standard normal number within [-2, 2]: Box-Muller, drawn again where it falls outside. */
function truncatedNormal(uniform: () => number): number {
  for (;;) {
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const value = radius * Math.cos(2 * Math.PI * uniform());
    if (Math.abs(value) <= 2) return value;
  }
}

/** Uniform numbers in (0, 1), one after the other, of the stream of this seed and name. */
function uniformStream(seed: number, name: string): () => number {
  const key = streamKey(seed, 0, initialValuesStream(name));
  let index = 0;
  return () => uniformAt(key, index++);
}
