import { TensorError } from './errors.ts';
import type { DiffTensor } from './types.ts';

const maxDimensions = 16;
const maxElements = 2 ** 32 - 1;

/**
 * Number of elements of a shape, 1 for no dimensions.
 *
 * @param fail throws for more than 16 dimensions, a dimension that is not an integer of 0 to 2^32 - 1, or more than
 * 2^32 - 1 elements; a TensorError unless told
 */
export function elementCount(
  name: string,
  shape: readonly number[],
  fail = (problem: string): never => {
    throw new TensorError(name, problem);
  },
): number {
  const elements = shape.reduce((product, size) => product * size, 1);
  const sizes = [...shape, elements];
  if (
    shape.length > maxDimensions ||
    !sizes.every((size) => Number.isInteger(size) && size >= 0 && size <= maxElements)
  ) {
    fail(
      `shape [${shape.join(', ')}]: expected at most ${maxDimensions} dimensions and ${maxElements} elements`,
    );
  }
  return elements;
}

/** @throws TensorError unless `data` has one value for each element of the shape; returns their number */
export function checkLength(name: string, shape: readonly number[], data: ArrayLike<number>): number {
  const elements = elementCount(name, shape);
  if (data.length !== elements) {
    throw new TensorError(name, `${data.length} values, its shape has ${elements} elements`);
  }
  return elements;
}

/** A set of names. @throws TensorError for one that comes twice */
export function checkUnique(names: Set<string>, name: string): void {
  if (names.has(name)) throw new TensorError(name, 'comes twice');
  names.add(name);
}

/**
 * Checks that a tensor's parts fit together: name, shape, positions ascending and in range, number of values.
 *
 * @throws TensorError that says which part does not
 */
export function checkTensor(tensor: DiffTensor): void {
  const { name, operation, positions, values } = tensor;
  const fail = (message: string): never => {
    throw new TensorError(name, message);
  };
  if (name === '') fail('a tensor needs a name');
  const elements = elementCount(name, tensor.shape);
  const dense = operation === 'replace-dense';
  const expected = dense ? elements : operation === 'zero' ? 0 : positions.length;
  if (values.length !== expected) fail(`${values.length} values, expected ${expected} for ${operation}`);
  if (dense && positions.length > 0) fail(`positions for ${operation}`);
  let previous = -1;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    if (position <= previous) fail(`position ${position} follows ${previous}: they must ascend`);
    previous = position;
  }
  if (previous >= elements) fail(`position ${previous}, its shape has ${elements} elements`);
}
