import { TensorError, WrongBaseError } from './errors.ts';
import { storageVisitor, storedBits } from './storage.ts';
import { checkLength, checkTensor, checkUnique } from './tensor.ts';
import type { Base, DiffTensor, Operation, SparseDiff } from './types.ts';
import { visitTensor } from './visit.ts';

/** What a tensor of the base was before a diff changed it. */
export interface UndoTensor {
  readonly name: string;
  /** What was changed, undefined for the whole tensor. */
  readonly positions: Uint32Array | undefined;
  /** The bit patterns that stood there, undefined where the base did not have the tensor. */
  readonly bits: Uint32Array | Uint16Array | undefined;
}

/** What `revertDiff` needs to restore the base. */
export type Undo = readonly UndoTensor[];

/**
 * Applies a diff to a base in place; tensors that only the diff has (heads) are added to it. Nothing is changed
 * where an error is thrown.
 *
 * @param fingerprint of the base as it was loaded, from `fingerprintTensors`
 * @returns the record that `revertDiff` takes; of several diffs, revert the last one first (or use `DiffStack`)
 * @throws WrongBaseError where the diff is for a base with another fingerprint
 * @throws TensorError for a tensor that the base lacks or has in another shape, or that is not well formed
 */
export function applyDiff(base: Base, diff: SparseDiff, fingerprint: string): Undo {
  checkFingerprint(diff.manifest.base.fingerprint, fingerprint);
  const names = new Set<string>();
  for (const tensor of diff.tensors) {
    checkUnique(names, tensor.name);
    checkTensor(tensor);
    checkTarget(base, tensor);
  }
  return diff.tensors.map((tensor) => applyTensor(base, tensor));
}

/** Takes a diff off: every byte of the base is as it was before. */
export function revertDiff(base: Base, undo: Undo): void {
  for (const { name, positions, bits } of undo.toReversed()) {
    if (bits === undefined) {
      base.delete(name);
      continue;
    }
    const tensor = base.get(name);
    if (tensor === undefined) throw new TensorError(name, 'the base no longer has it');
    const data = storedBits(tensor);
    if (positions === undefined) data.set(bits);
    else for (let i = 0; i < positions.length; i++) data[positions[i]!] = bits[i]!;
  }
}

/** @throws WrongBaseError */
export function checkFingerprint(expected: string, actual: string): void {
  if (expected !== actual) throw new WrongBaseError(expected, actual);
}

/** @throws TensorError unless the base has the tensor in this shape, or need not have it */
export function checkTarget(
  base: Base,
  tensor: { name: string; shape: readonly number[]; operation: Operation },
): void {
  const { name, shape } = tensor;
  const target = base.get(name);
  if (target === undefined) {
    if (tensor.operation === 'replace-dense') return;
    throw new TensorError(name, 'the base does not have it');
  }
  if (target.shape.length !== shape.length || target.shape.some((size, i) => size !== shape[i])) {
    throw new TensorError(
      name,
      `the diff's shape is [${shape.join(', ')}], the base's [${target.shape.join(', ')}]`,
    );
  }
  checkLength(name, shape, target.data);
}

/** Applies one tensor that `checkTensor` and `checkTarget` have passed. */
export function applyTensor(base: Base, tensor: DiffTensor): UndoTensor {
  const { name, shape, operation, positions, values } = tensor;
  const target = base.get(name);
  if (target === undefined) {
    base.set(name, { shape: [...shape], data: values.slice() });
    return { name, positions: undefined, bits: undefined };
  }
  const data = storedBits(target);
  // A copy of the whole tensor where all of it changes, and where positions and bits would take more.
  const entryBytes = 4 + data.BYTES_PER_ELEMENT;
  const whole = operation.startsWith('replace') || positions.length * entryBytes > data.byteLength;
  const undo = whole
    ? { name, positions: undefined, bits: data.slice() }
    : { name, positions, bits: gather(data, positions) };
  visitTensor(tensor, storageVisitor(target));
  return undo;
}

/** What stands at the positions; four reads in a row, because they wait for memory and can do so together. */
function gather(from: Uint32Array | Uint16Array, positions: Uint32Array): Uint32Array | Uint16Array {
  const count = positions.length;
  const to = from instanceof Uint16Array ? new Uint16Array(count) : new Uint32Array(count);
  let i = 0;
  for (; i + 3 < count; i += 4) {
    const a = from[positions[i]!]!;
    const b = from[positions[i + 1]!]!;
    const c = from[positions[i + 2]!]!;
    const d = from[positions[i + 3]!]!;
    to[i] = a;
    to[i + 1] = b;
    to[i + 2] = c;
    to[i + 3] = d;
  }
  for (; i < count; i++) to[i] = from[positions[i]!]!;
  return to;
}
