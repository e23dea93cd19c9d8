import { parameterSize, type ParameterSpec, type Tensors } from './parameters.ts';

/**
 * Fresh parameters as BERT initialises them (Devlin et al. 2019, reference code): weights from a normal
 * distribution with standard deviation `initializerRange`, cut off at two of them; biases 0, LayerNorm 1 and 0.
 * Each parameter's values depend on the seed and its own name alone.
 *
 * @param seed any integer; its low 32 bits count
 */
export function initializeParameters(
  specs: readonly ParameterSpec[],
  config: { readonly initializerRange: number },
  seed: number,
): Tensors {
  return new Map(
    specs.map((spec) => {
      const values = new Float32Array(parameterSize(spec));
      if (spec.name.endsWith('LayerNorm.weight')) values.fill(1);
      else if (!spec.name.endsWith('bias')) {
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
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const value = radius * Math.cos(2 * Math.PI * uniform());
    if (Math.abs(value) <= 2) return value;
  }
}

/**
 * Uniform numbers in [0, 1) with 32 bits: the counter `state += 0x9e3779b9` through MurmurHash3's 32-bit finalizer
 * (a 32-bit SplitMix, Steele et al. 2014), started from the seed and the characters of a name.
 */
function uniformStream(seed: number, name: string): () => number {
  let state = mix(seed ^ 0x9e3779b9);
  for (const character of name) state = mix(state ^ (character.codePointAt(0) ?? 0));
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return (mix(state) >>> 0) / 2 ** 32;
  };
}

function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
