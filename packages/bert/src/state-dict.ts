import type { PickleFunction, PickleValue, PickleWorld } from './pickle.ts';
import type { Dtype } from './numbers.ts';

/** A run of numbers in a PyTorch file, which tensors are views of. */
export class Storage {
  constructor(
    readonly dtype: Dtype,
    /** Its name in the file. */
    readonly key: string,
    /** How many numbers it has, as the pickle says. */
    readonly length: number,
  ) {}
}

/** A tensor as a view of a storage: element [i, j, ...] is number offset + i · strides[0] + j · strides[1] + ... */
export class TensorView {
  /** @throws Error unless every element lies within the storage, and there are no more of them than there are numbers */
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    const { size, end } = this;
    const { length } = storage;
    if (end > length) throw new Error(`a tensor that ends at number ${end} of a storage of ${length}`);
    if (size > length) throw new Error(`a tensor of ${size} elements on a storage of ${length} numbers`);
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((product, extent) => product * extent, 1);
  }

  /** One more than the largest index into the storage. */
  get end(): number {
    if (this.size === 0) return this.offset;
    return (
      this.shape.reduce((last, extent, axis) => last + (extent - 1) * this.strides[axis]!, this.offset) + 1
    );
  }

  /** Whether the elements lie one after the other in row-major order. */
  get contiguous(): boolean {
    let expected = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      if (this.shape[axis] !== 1 && this.strides[axis] !== expected) return false;
      expected *= this.shape[axis]!;
    }
    return true;
  }
}

/** The elements in row-major order from the numbers `offset` to `end` of the storage. */
export function gather<T extends Float32Array | Int32Array>(numbers: T, view: TensorView): T {
  if (view.contiguous) return numbers;
  const { shape, strides } = view;
  const elements = new (numbers.constructor as new (size: number) => T)(view.size);
  const index = shape.map(() => 0);
  for (let element = 0, at = 0; element < elements.length; element++) {
    elements[element] = numbers[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return elements;
}

const dtypes = { Float: 'F32', Half: 'F16', BFloat16: 'BF16', Int: 'I32', Long: 'I64' } as const;
/** PyTorch's other types of numbers; no BERT has weights of these. */
const otherDtypes = ['Double', 'Short', 'Char', 'Byte', 'Bool', 'ComplexFloat', 'ComplexDouble'];

class StorageType {
  constructor(readonly dtype: Dtype) {}
}

const rebuildTensor: PickleFunction = (args) => {
  const [storage, offset, shape, strides] = args;
  const sizes = [offset, ...(isArray(shape) ? shape : [-1]), ...(isArray(strides) ? strides : [-1])];
  const consistent =
    isArray(shape) && isArray(strides) && shape.length === strides.length && shape.length <= 8;
  if (!(storage instanceof Storage) || !consistent || !sizes.every(isSize)) {
    throw new Error('a tensor whose offset, shape or strides are no sizes');
  }
  // Copies, for a pickle can change its lists afterwards.
  return new TensorView(storage, offset as number, [...(shape as number[])], [...(strides as number[])]);
};

const rebuildParameter: PickleFunction = ([tensor]) => {
  if (!(tensor instanceof TensorView)) throw new Error('a parameter that is no tensor');
  return tensor;
};

const orderedDict: PickleFunction = (args) => {
  if (args.length > 0) throw new Error('an OrderedDict made of something');
  return new Map();
};

/** Every name that a pickled state dict may use. */
export const stateDictWorld: PickleWorld = {
  globals: new Map<string, PickleValue>([
    ['collections.OrderedDict', orderedDict],
    ['torch._utils._rebuild_tensor_v2', rebuildTensor],
    ['torch._utils._rebuild_parameter', rebuildParameter],
    ...Object.entries(dtypes).map(
      ([type, dtype]) => [`torch.${type}Storage`, new StorageType(dtype)] as const,
    ),
    ...otherDtypes.map((type) => [`torch.${type}Storage`, `torch.${type}Storage`] as const),
  ]),
  persistent: (id) => {
    const [kind, type, key, , length, view = null] = isArray(id) ? id : [];
    if (kind !== 'storage' || typeof key !== 'string' || !isSize(length) || view !== null) {
      throw new Error('a reference to something that is no storage');
    }
    if (!(type instanceof StorageType)) {
      const expected = Object.keys(dtypes).join(', ');
      throw new Error(`numbers of type ${typeof type === 'string' ? type : 'unknown'}, expected ${expected}`);
    }
    return new Storage(type.dtype, key, length);
  },
};

/**
 * The tensors of an unpickled state dict.
 *
 * @throws Error for anything that is not a dict of tensors; for storages that are described in two ways; and if
 *   the tensors have more than twice as many elements as the storages have numbers (tied weights have some more)
 */
export function stateDictTensors(value: PickleValue): Map<string, TensorView> {
  if (!(value instanceof Map)) {
    throw new Error('the file holds no state dict (names and tensors); save model.state_dict()');
  }
  const storages = new Map<string, Storage>();
  let elements = 0;
  for (const [name, tensor] of value as ReadonlyMap<string, PickleValue>) {
    if (!(tensor instanceof TensorView)) {
      throw new Error(`"${name}" is no tensor, expected a state dict, which holds nothing else`);
    }
    const { storage } = tensor;
    const known = storages.get(storage.key) ?? storage;
    if (known.dtype !== storage.dtype || known.length !== storage.length) {
      throw new Error(`"${name}" has another idea of its storage ${storage.key} than a tensor before it`);
    }
    storages.set(storage.key, known);
    elements += tensor.size;
  }
  const numbers = [...storages.values()].reduce((sum, { length }) => sum + length, 0);
  if (elements > 2 * numbers) {
    throw new Error(`the tensors have ${elements} elements together, but the file only ${numbers} numbers`);
  }
  return value as Map<string, TensorView>;
}

const isArray = (value: PickleValue | undefined): value is readonly PickleValue[] => Array.isArray(value);
const isSize = (value: PickleValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
