import { TensorError } from './errors.ts';
import type { DiffTensor } from './types.ts';

const maxDimensions = 16;
const maxElements = 2 ** 32 - 1;

/**
 * Number of elements of a shape, 1 for no dimensions.
 *
 * @throws TensorError for more than 16 dimensions, a dimension that is not an integer of 0 to 2^32 - 1, or more
 * than 2^32 - 1 elements
 */
export function elementCount(name: string, shape: readonly number[]): number {
  if (shape.length > maxDimensions) {
    throw new TensorError(name, `${shape.length} dimensions, at most ${maxDimensions} are allowed`);
  }
  let elements = 1;
  for (const size of shape) {
    if (!Number.isInteger(size) || size < 0 || size > maxElements) {
      throw new TensorError(name, `${size} is not a dimension`);
    }
    elements *= size;
  }
  if (elements > maxElements) {
    throw new TensorError(name, `shape [${shape.join(', ')}] has more than ${maxElements} elements`);
  }
  return elements;
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
  if (operation === 'replace-dense') {
    if (positions.length > 0) fail('replace-dense takes no positions');
    if (values.length !== elements) fail(`${values.length} values, its shape has ${elements} elements`);
    return;
  }
  const expected = operation === 'zero' ? 0 : positions.length;
  if (values.length !== expected) fail(`${values.length} values, expected ${expected} for ${operation}`);
  let previous = -1;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    if (position <= previous) fail(`position ${position} follows ${previous}: they must ascend`);
    previous = position;
  }
  if (previous >= elements) fail(`position ${previous}, its shape has ${elements} elements`);
}
