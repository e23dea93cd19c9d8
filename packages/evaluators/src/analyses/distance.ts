/** How far two matrices are apart. */
export interface Distance {
  /** Σ |a - b| over all entries. */
  readonly l1: number;
  /** The largest Σ |a - b| over the weights into one output: the L1-distance of Radiya-Dixit and Wang's table 2. */
  readonly l1Norm: number;
  /** arccos(⟨a, b⟩ / (‖a‖ ‖b‖)) / π: 0 for the same direction, 0.5 for none in common, 1 for the opposite one. */
  readonly angular: number;
}

/**
 * L1- and angular distance of two matrices (Radiya-Dixit and Wang 2020, section 4.1, table 2 and figure 2). Their L1-
 * distance is the matrix norm, not the sum over all entries: two uniform initialisations of 768 × 768 within ±1/√768 are
 * 20.0 apart by it, as in the table, and two of BERT's own (normal with deviation 0.02, cut off at two of them) 16.7.
 *
 * Where one of the two is 0 throughout the angle is that of no common direction, 0.5.
 *
 * @param shape [outputs, inputs], as Hugging Face has it; a vector is one of an input
 * @throws RangeError where an array has not an entry for each of the shape
 */
export function distance(one: Float32Array, other: Float32Array, shape: readonly number[]): Distance {
  const [outputs = 1, ...rest] = shape;
  const inputs = rest.reduce((product, size) => product * size, 1);
  for (const { length } of [one, other]) {
    if (length !== outputs * inputs)
      throw new RangeError(`${length} values for the shape [${shape.join(', ')}]`);
  }
  let [l1, l1Norm, product, ofOne, ofOther, ofDifference] = [0, 0, 0, 0, 0, 0];
  for (let output = 0, i = 0; output < outputs; output++) {
    let sum = 0;
    for (const end = i + inputs; i < end; i++) {
      const [a, b] = [one[i]!, other[i]!];
      sum += Math.abs(a - b);
      product += a * b;
      ofOne += a * a;
      ofOther += b * b;
      ofDifference += (a - b) ** 2;
    }
    l1 += sum;
    l1Norm = Math.max(l1Norm, sum);
  }
  return { l1, l1Norm, angular: angle(product, ofOne, ofOther, ofDifference) / Math.PI };
}

/**
 * The angle between vectors of squared norms a² and b², inner product ab and squared difference d². The arc cosine of
 * what is nearly 1 loses the small angles that matter here; so it is 2 asin(½ ‖a/‖a‖ - b/‖b‖‖), whose square is
 * (d² - (‖a‖ - ‖b‖)²) / (‖a‖ ‖b‖).
 */
function angle(product: number, ofOne: number, ofOther: number, ofDifference: number): number {
  const norms = Math.sqrt(ofOne) * Math.sqrt(ofOther);
  if (norms === 0) return Math.PI / 2;
  if (product <= 0) return Math.acos(Math.max(-1, product / norms));
  const apart = ofDifference - (Math.sqrt(ofOne) - Math.sqrt(ofOther)) ** 2;
  return 2 * Math.asin(Math.min(1, Math.sqrt(Math.max(0, apart) / norms) / 2));
}

/** The mean of |a - b| over a matrix's entries where one of the two is drawn at random. */
export interface RandomDistance {
  /** Between two uniform initialisations within ±bound: ⅔ bound. */
  readonly betweenUniform: number;
  /** Between a uniform one and these weights: (bound² + w²)/(2 bound) where |w| ≤ bound, |w| beyond, on average. */
  readonly fromUniform: number;
}

/**
 * How far a matrix is from a random initialisation, in expectation: what the distance to fine-tuned weights is small
 * against (Radiya-Dixit and Wang 2020, table 2, whose bound is 1/√H, H the hidden size).
 *
 * @param bound above 0
 */
export function randomDistance(weights: Float32Array, bound: number): RandomDistance {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = Math.abs(weights[i]!);
    sum += weight <= bound ? (bound * bound + weight * weight) / (2 * bound) : weight;
  }
  return { betweenUniform: (2 / 3) * bound, fromUniform: sum / weights.length };
}
