import { distance, randomDistance } from './distance.ts';

// each look-up of a global is slow where tests run
const { abs, cos, imul, log, sqrt, PI } = Math;
const hidden = 768;
let state = 1;
/** Numbers from 0 to 1 of a linear congruential generator, whose high bits are good. */
const draw = () => (state = (imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
/** A matrix of 768 × 768 whose entries are drawn. */
function matrix(next: () => number): Float32Array {
  const values = new Float32Array(hidden * hidden);
  for (let i = 0; i < values.length; i++) values[i] = next();
  return values;
}

const uniform = () => matrix(() => (2 * draw() - 1) / sqrt(hidden));

/** As BERT initialises its weights: normal with deviation 0.02, drawn again beyond two of them. */
const normal = () =>
  matrix(() => {
    for (;;) {
      const value = sqrt(-2 * log(1 - draw())) * cos(2 * PI * draw());
      if (abs(value) <= 2) return 0.02 * value;
    }
  });

describe('distance', () => {
  it("is the paper's between random initialisations: 20.0 ± 0.1 uniform, 16.7 ± 0.1 normal, angle 0.500", () => {
    const shape = [hidden, hidden];
    const ofUniform = distance(uniform(), uniform(), shape);
    expect(abs(ofUniform.l1Norm - 20.0)).toBeLessThan(0.4);
    expect(ofUniform.angular).toBeCloseTo(0.5, 2);
    const ofNormal = distance(normal(), normal(), shape);
    expect(abs(ofNormal.l1Norm - 16.7)).toBeLessThan(0.4);
    // ⅔ of the bound for each entry
    expect(ofUniform.l1 / hidden ** 2).toBeCloseTo(
      randomDistance(uniform(), hidden ** -0.5).betweenUniform,
      4,
    );
  });

  it('keeps small angles, in fp32 too', () => {
    const one = Float32Array.of(1, 0);
    const other = Float32Array.of(1, 1e-5);
    expect(distance(one, other, [1, 2]).angular / (1e-5 / PI)).toBeCloseTo(1, 6);
    const half = [Float32Array.of(3, 0), Float32Array.of(0, 7), Float32Array.of(-6, 0)] as const;
    expect(distance(half[0], half[1], [1, 2]).angular).toBe(0.5);
    expect(distance(half[0], half[2], [1, 2]).angular).toBe(1);
    expect(distance(half[0], Float32Array.of(6, 0), [1, 2])).toEqual({ l1: 3, l1Norm: 3, angular: 0 });
    expect(distance(half[0], new Float32Array(2), [1, 2]).angular).toBe(0.5);
  });

  it('sums the weights into each output, and takes the largest sum', () => {
    const one = Float32Array.of(1, 2, 3, 4, 5, 6);
    const found = distance(one, new Float32Array(6), [3, 2]);
    expect([found.l1, found.l1Norm]).toEqual([21, 11]);
    expect(distance(one, new Float32Array(6), [6]).l1Norm).toBe(6);
    expect(() => distance(one, one, [2, 2])).toThrow('6 values for the shape [2, 2]');
  });
});

it('randomDistance is the mean over what is drawn', () => {
  const weights = Float32Array.of(0, 0.01, -0.03, 0.2);
  const bound = 0.05;
  let sum = 0;
  const draws = 50_000;
  for (let i = 0; i < draws; i++) for (const weight of weights) sum += abs(weight - bound * (2 * draw() - 1));
  expect(sum / draws / weights.length / randomDistance(weights, bound).fromUniform).toBeCloseTo(1, 2);
});
