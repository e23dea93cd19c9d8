import type { DiffTensor } from '@diffprune/sparse-diff';
import { random } from '@diffprune/testing/random';

/** A tensor of a base. */
export interface TensorShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Fraction of the base that the measured diffs change: the paper's. */
export const density = 0.005;

/** Elements of a tensor. */
export function elementCount({ shape }: Pick<TensorShape, 'shape'>): number {
  return shape.reduce((product, axis) => product * axis, 1);
}

/**
 * Normal values at random positions: each element is as likely as any other to be one of the {@link density}.
 *
 * @param deviation of the values
 */
export function randomDiff(shapes: readonly TensorShape[], seed = 7, deviation = 0.01): DiffTensor[] {
  const next = random(seed);
  return shapes.flatMap(({ name, shape }) => {
    const chosen: number[] = [];
    for (let position = 0, elements = elementCount({ shape }); ; position++) {
      // the gap to the next of independent draws is geometric
      position += Math.floor(Math.log(1 - next()) / Math.log(1 - density));
      if (position >= elements) break;
      chosen.push(position);
    }
    if (chosen.length === 0) return [];
    const positions = Uint32Array.from(chosen);
    const values = Float32Array.from(chosen, () => deviation * normal(next));
    return [{ name, shape, operation: 'add', positions, values }];
  });
}

/** A normal number: Box & Muller 1958. */
function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
