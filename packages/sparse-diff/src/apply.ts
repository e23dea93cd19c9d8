import { ArgumentError, TensorError, WrongBaseError } from './errors.ts';
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
 * @throws ArgumentError while `applyStream` is at work on the base
 */
export function applyDiff(base: Base, diff: SparseDiff, fingerprint: string): Undo {
  checkIdle(base);
  checkFingerprint(diff.manifest.base.fingerprint, fingerprint);
  const names = new Set<string>();
  for (const tensor of diff.tensors) {
    checkUnique(names, tensor.name);
    checkTensor(tensor);
    checkTarget(base, tensor);
  }
  const undo: UndoTensor[] = [];
  try {
    for (const tensor of diff.tensors) undo.push(applyTensor(base, tensor));
  } catch (error) {
    restore(base, undo);
    throw error;
  }
  return undo;
}

/**
 * Takes a diff off: every byte of the base is as it was before. Nothing is changed where an error is thrown.
 *
 * @throws TensorError for a tensor that the base no longer has, or has in another size or type
 * @throws ArgumentError while `applyStream` is at work on the base
 */
export function revertDiff(base: Base, undo: Undo): void {
  checkIdle(base);
  checkUndo(base, undo);
  restore(base, undo);
}

/** @throws TensorError for a tensor that is not, in size and type, the one that the record is of */
export function checkUndo(base: Base, undo: Undo): void {
  for (const { name, positions, bits } of undo) {
    if (bits === undefined) continue;
    const tensor = base.get(name);
    const data = tensor && storedBits(tensor);
    const fits = positions ? (positions.at(-1) ?? -1) < (data?.length ?? 0) : data?.length === bits.length;
    if (data?.BYTES_PER_ELEMENT !== bits.BYTES_PER_ELEMENT || !fits) {
      throw new TensorError(name, 'the base no longer has it as it was when the diff went on');
    }
  }
}

/** Puts back what a record holds that `checkUndo` has passed. */
export function restore(base: Base, undo: Undo): void {
  for (const { name, positions, bits } of undo.toReversed()) {
    if (bits === undefined) base.delete(name);
    else restoreBits(storedBits(base.get(name)!), positions, bits);
  }
}

function restoreBits(
  data: Uint32Array | Uint16Array,
  positions: Uint32Array | undefined,
  bits: Uint32Array | Uint16Array,
): void {
  if (positions === undefined) data.set(bits);
  else for (let i = 0; i < positions.length; i++) data[positions[i]!] = bits[i]!;
}

/**
 * Exchanges what the base has with what a record holds: once takes a diff off, once more puts it back, bit for bit and
 * without taking memory.
 *
 * @param brought where tensors that only the diff has are kept meanwhile
 */
export function exchange(base: Base, undo: Undo, brought: Base): void {
  for (const { name, positions, bits } of undo) {
    if (bits === undefined) {
      const [from, to] = base.has(name) ? [base, brought] : [brought, base];
      to.set(name, from.get(name)!);
      from.delete(name);
      continue;
    }
    const data = storedBits(base.get(name)!);
    for (let i = 0; i < bits.length; i++) {
      const at = positions ? positions[i]! : i;
      const there = data[at]!;
      data[at] = bits[i]!;
      bits[i] = there;
    }
  }
}

/** Bases that `applyStream` has changed in part. */
export const streaming = new WeakSet<Base>();

/** @throws ArgumentError */
export function checkIdle(base: Base): void {
  if (streaming.has(base))
    throw new ArgumentError('applyStream is at work on this base: wait until it is done');
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
  if (target.shape.join() !== shape.join()) {
    throw new TensorError(
      name,
      `the diff's shape is [${shape.join(', ')}], the base's [${target.shape.join(', ')}]`,
    );
  }
  checkLength(name, shape, target.data);
}

/**
 * Applies one tensor that `checkTensor` and `checkTarget` have passed. The base is as it was where an error is thrown.
 */
export function applyTensor(base: Base, tensor: DiffTensor): UndoTensor {
  const { name, shape, operation, positions, values } = tensor;
  const target = base.get(name);
  if (target === undefined) {
    base.set(name, { shape: [...shape], data: values.slice() });
    return { name, positions: undefined, bits: undefined };
  }
  const data = storedBits(target);
  // A copy of the whole tensor where all of it changes, and where positions and bits would take more.
  const count = positions.length;
  const entryBytes = 4 + data.BYTES_PER_ELEMENT;
  const whole = operation.startsWith('replace') || count * entryBytes > data.byteLength;
  const visitor = storageVisitor(target);
  const bits = data.slice(0, whole ? undefined : count);
  let changed = positions.subarray(0, 0);
  try {
    if (whole) visitTensor(tensor, visitor);
    else {
      for (let from = 0; from < count; from += blockSize) {
        const part = positions.subarray(from, from + blockSize);
        gather(data, part, bits, from);
        changed = positions.subarray(0, from + blockSize);
        visitTensor({ ...tensor, positions: part, values: values.subarray(from, from + blockSize) }, visitor);
      }
    }
  } catch (error) {
    restoreBits(data, whole ? undefined : changed, bits);
    throw error;
  }
  return { name, positions: whole ? undefined : positions, bits };
}

/** Entries that are recorded and changed at a time: their memory stays in the innermost cache. */
const blockSize = 1024;

/** Copies what stands at the positions: eight reads in a row, for they wait for memory and can do so together. */
function gather(
  data: Uint32Array | Uint16Array,
  positions: Uint32Array,
  into: Uint32Array | Uint16Array,
  at: number,
): void {
  let i = 0;
  for (; i + 7 < positions.length; i += 8) {
    const a = data[positions[i]!]!;
    const b = data[positions[i + 1]!]!;
    const c = data[positions[i + 2]!]!;
    const d = data[positions[i + 3]!]!;
    const e = data[positions[i + 4]!]!;
    const f = data[positions[i + 5]!]!;
    const g = data[positions[i + 6]!]!;
    const h = data[positions[i + 7]!]!;
    into[at++] = a;
    into[at++] = b;
    into[at++] = c;
    into[at++] = d;
    into[at++] = e;
    into[at++] = f;
    into[at++] = g;
    into[at++] = h;
  }
  for (; i < positions.length; i++) into[at++] = data[positions[i]!]!;
}
