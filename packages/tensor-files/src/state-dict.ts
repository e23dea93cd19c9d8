import { excerpt } from '@diffprune/files';
import { numberBits, type Dtype } from './numbers.ts';
import { saveAgain, type PickleFunction, type PickleValue, type PickleWorld } from './pickle.ts';
import type { StoredTensor } from './tensor-file.ts';

/** A type of numbers, by its name in PyTorch. */
export class NumberType {
  constructor(
    readonly name: string,
    /** Bytes of a number. */
    readonly width: number,
    /** Its safetensors name; undefined for one that has none. */
    readonly dtype?: Dtype,
  ) {}
}

/** A run of numbers in a PyTorch file, which tensors are views of. */
export class Storage {
  constructor(
    /** Bytes alone where each tensor says what they are. */
    readonly type: NumberType,
    /** Its name in the file. */
    readonly key: string,
    /** How many numbers it has, as the pickle says. */
    readonly length: number,
  ) {}

  get bytes(): number {
    return this.length * this.type.width;
  }
}

/** A tensor as a view of a storage: element [i, j, ...] is number offset + i · strides[0] + j · strides[1] + ... */
export class TensorView {
  /** @throws Error unless every element lies within the storage, and there are no more of them than there are numbers */
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
    readonly type = storage.type,
  ) {
    const { size, end, numbers } = this;
    if (end > numbers) throw new Error(`a tensor that ends at number ${end} of a storage of ${numbers}`);
    if (size > numbers) throw new Error(`a tensor of ${size} elements on a storage of ${numbers} numbers`);
  }

  /** How many numbers of its type the storage has. */
  get numbers(): number {
    return Math.floor(this.storage.bytes / this.type.width);
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
export function gather<T extends StoredTensor['data']>(numbers: T, view: TensorView): T {
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

/** PyTorch's classes of storages, `torch.<name>Storage`. */
const storageTypes: Readonly<Record<string, Dtype>> = {
  Double: 'F64',
  Float: 'F32',
  Half: 'F16',
  BFloat16: 'BF16',
  Long: 'I64',
  Int: 'I32',
  Short: 'I16',
  Char: 'I8',
  Byte: 'U8',
  Bool: 'BOOL',
  ComplexFloat: 'C64',
};

/** Types of numbers that have no class of storages: their storages are bytes. */
const untypedDtypes: Readonly<Record<string, Dtype>> = {
  uint16: 'U16',
  uint32: 'U32',
  uint64: 'U64',
  float8_e4m3fn: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
  float8_e8m0fnu: 'F8_E8M0',
  float8_e4m3fnuz: 'F8_E4M3FNUZ',
  float8_e5m2fnuz: 'F8_E5M2FNUZ',
};

const typesOf = (names: Readonly<Record<string, Dtype>>, suffix: string): [string, NumberType][] =>
  Object.entries(names).map(([name, dtype]) => {
    const full = `torch.${name}${suffix}`;
    return [full, new NumberType(full, numberBits[dtype] / 8, dtype)];
  });

const rebuildTensor: PickleFunction = ([storage, offset, shape, strides]) =>
  createView(storage, offset, shape, strides);

/** With the type of its numbers, on a storage of bytes. */
const rebuildTypedTensor: PickleFunction = ([storage, offset, shape, strides, , , type]) => {
  if (!(type instanceof NumberType)) throw new Error('a tensor whose numbers have no type');
  return createView(storage, offset, shape, strides, type);
};

function createView(
  storage: PickleValue | undefined,
  offset: PickleValue | undefined,
  shape: PickleValue | undefined,
  strides: PickleValue | undefined,
  type?: NumberType,
): TensorView {
  const sizes = [offset, ...(isArray(shape) ? shape : [-1]), ...(isArray(strides) ? strides : [-1])];
  const consistent =
    isArray(shape) && isArray(strides) && shape.length === strides.length && shape.length <= 8;
  if (!(storage instanceof Storage) || !consistent || !sizes.every(isSize)) {
    throw new Error('a tensor whose offset, shape or strides are no sizes');
  }
  // Copies, for a pickle can change its lists afterwards.
  return new TensorView(
    storage,
    offset as number,
    [...(shape as number[])],
    [...(strides as number[])],
    type,
  );
}

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
    ...typesOf(storageTypes, 'Storage'),
    ['torch.ComplexDoubleStorage', new NumberType('torch.ComplexDoubleStorage', 16)],
    ['torch._utils._rebuild_tensor_v3', rebuildTypedTensor],
    ['torch.storage.UntypedStorage', new NumberType('torch.storage.UntypedStorage', 1)],
    ...typesOf(untypedDtypes, ''),
  ]),
  persistent: (id) => {
    const [kind, type, key, , length, view = null] = isArray(id) ? id : [];
    if (kind !== 'storage' || typeof key !== 'string' || !isSize(length) || view !== null) {
      throw new Error('a reference to something that is no storage');
    }
    if (!(type instanceof NumberType)) throw new Error('a storage of numbers of an unknown type');
    return new Storage(type, key, length);
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
    throw new Error(`the file holds no state dict (names and tensors): ${saveAgain}`);
  }
  const tensors = new Map<string, TensorView>();
  const storages = new Map<string, Storage>();
  let elements = 0;
  let numbers = 0;
  for (const [name, tensor] of value as ReadonlyMap<PickleValue, PickleValue>) {
    if (typeof name !== 'string') throw new Error(`a dict with a key that is no name: ${saveAgain}`);
    if (!(tensor instanceof TensorView)) {
      throw new Error(`"${excerpt(name)}" is no tensor, expected a state dict, which ${adviceOn(value)}`);
    }
    const { storage } = tensor;
    const known = storages.get(storage.key);
    if (known === undefined) numbers += tensor.numbers;
    else if (known.type !== storage.type || known.length !== storage.length) {
      throw new Error(
        `"${excerpt(name)}" has another idea of its storage ${excerpt(storage.key)} than a tensor before it`,
      );
    }
    storages.set(storage.key, storage);
    elements += tensor.size;
    tensors.set(name, tensor);
  }
  if (elements > 2 * numbers) {
    throw new Error(`the tensors have ${elements} elements together, but the file only ${numbers} numbers`);
  }
  return tensors;
}

/** What to do about a dict of other things: a training checkpoint has the state dict under one of its names. */
function adviceOn(dict: ReadonlyMap<PickleValue, PickleValue>): string {
  const within = [...dict].find(
    ([name, value]) =>
      typeof name === 'string' &&
      value instanceof Map &&
      [...(value as ReadonlyMap<unknown, unknown>).values()].some((item) => item instanceof TensorView),
  )?.[0];
  if (typeof within !== 'string') return `holds nothing else: ${saveAgain}`;
  const entry = `torch.load(path)[${JSON.stringify(excerpt(within))}]`;
  return `holds nothing else; this is a training checkpoint: save its weights alone, torch.save(${entry}, 'pytorch_model.bin')`;
}

const isArray = (value: PickleValue | undefined): value is readonly PickleValue[] => Array.isArray(value);
const isSize = (value: PickleValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
