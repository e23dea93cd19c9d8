import { FormatError, TensorError } from './errors.ts';
import { Tensor as table } from './generated/tables.ts';
import { decodeMessage, encodeMessage } from './message.ts';
import { decodePositions, encodePositions } from './positions.ts';
import { checkTensor, elementCount } from './tensor.ts';
import type { DiffTensor, Operation, StoredCoding, ValueCoding } from './types.ts';
import { decodeValues, encodeValues, storedCoding, valueBytes } from './values.ts';

const maxTensorFields = 64;
const operations: readonly Operation[] = ['add', 'set', 'zero', 'replace-sparse', 'replace-dense'];
const codings: readonly StoredCoding[] = ['fp32', 'fp16', 'bf16', 'int8', 'int4', 'sign', 'scaledFp16'];

/** What a tensor takes in a file. */
export interface TensorSummary {
  readonly name: string;
  readonly shape: readonly number[];
  readonly operation: Operation;
  /** Number of positions; of elements for `replace-dense`. */
  readonly count: number;
  /** 0 where no bytes are needed: for no position, or every one. */
  readonly positionBytes: number;
  readonly valueCoding: StoredCoding | 'none';
  readonly valueBytes: number;
}

/** A tensor of a file, its positions and values not yet unpacked. */
export interface EncodedTensor {
  readonly summary: TensorSummary;
  /**
   * Unpacks positions and values: 4 bytes for each of them.
   *
   * @throws FormatError
   */
  decode(): DiffTensor;
}

/** @throws TensorError where the tensor's parts do not fit together, or its values not the coding */
export function encodeTensor(tensor: DiffTensor, asked: ValueCoding): Uint8Array {
  checkTensor(tensor);
  const { name, shape, operation, positions, values, unknown } = tensor;
  const coding = storedCoding(values, asked);
  const bytes = encodeMessage(table, {
    name,
    shape,
    operation: operations.indexOf(operation) + 1,
    count: positions.length,
    ...encodePositions(positions, elementCount(name, shape), operation !== 'zero'),
    ...(operation === 'zero' ? {} : { [coding]: encodeValues(values, coding, name) }),
    unknown,
  });
  if (bytes.length >= 2 ** 32) throw new TensorError(name, 'takes more than 4 GiB');
  return bytes;
}

/**
 * Reads a tensor message and checks everything but the positions and values themselves.
 *
 * @param at where the message starts in its file
 * @throws FormatError
 */
export function readTensor(bytes: Uint8Array, at: number): EncodedTensor {
  const message = decodeMessage(table, bytes, at, maxTensorFields);
  const { name, shape, count, modulus, positions } = message;
  const fail = (problem: string): never => {
    throw new FormatError(`tensor ${JSON.stringify(name.slice(0, 200))}: ${problem}`, at);
  };
  if (name === '') fail('it has no name');
  const operation =
    operations[message.operation - 1] ?? fail(`this version does not know operation ${message.operation}`);
  const elements = elementCount(name, shape, fail);
  const dense = operation === 'replace-dense';
  if (dense && (count > 0 || modulus > 0 || positions.length > 0)) fail(`positions for ${operation}`);
  if (count > elements) fail(`${count} positions, its shape has ${elements} elements`);
  const values = dense ? elements : operation === 'zero' ? 0 : count;
  const present = codings.filter((name) => message[name]);
  const coding = present[0];
  if (operation === 'zero') {
    if (coding) fail('values for zero');
  } else if (present.length !== 1 || !coding) {
    fail('its values are in no coding that this version knows');
  } else if (message[coding]!.length !== valueBytes(coding, values)) {
    fail(
      `${message[coding]!.length} bytes of ${coding} values, expected ${valueBytes(coding, values)} for ${values}`,
    );
  }
  return {
    summary: {
      name,
      shape,
      operation,
      count: dense ? elements : count,
      positionBytes: positions.length,
      valueCoding: coding ?? 'none',
      valueBytes: coding ? message[coding]!.length : 0,
    },
    decode() {
      return {
        name,
        shape,
        operation,
        positions:
          decodePositions({ modulus, positions }, count, elements, operation !== 'zero') ??
          fail(`its positions are not ${count} ascending numbers below ${elements}`),
        values: coding ? decodeValues(message[coding]!, coding, values) : new Float32Array(0),
        ...(message.unknown && { unknown: message.unknown }),
      };
    },
  };
}
