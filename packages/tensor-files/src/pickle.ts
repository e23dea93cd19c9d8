/**
 * A reader of Python's pickle format (protocol 2, https://docs.python.org/3/library/pickle.html and the comments of
 * CPython's `pickletools.py`) that knows only what a PyTorch state dict needs. Pickles are programs that call
 * functions by name; here the names are looked up in a table of our own, anything else is refused, and nothing of
 * Python's is ever run. No step recurses, and what a pickle can make grow is bounded.
 */

import { excerpt } from '@diffprune/files';

/** A function that a pickle may call by its Python name. */
export type PickleFunction = (args: readonly PickleValue[]) => PickleValue;

/** What pickles are made of here: a tuple and a list are both arrays, a dict is a Map. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly PickleValue[]
  | ReadonlyMap<PickleValue, PickleValue>
  | PickleFunction
  | object;

/** The world outside of a pickle. */
export interface PickleWorld {
  /** What may be named, by `module.name`. */
  readonly globals: ReadonlyMap<string, PickleValue>;
  /** The object that a persistent id stands for; throws an Error for one that it does not know. */
  readonly persistent: (id: PickleValue) => PickleValue;
}

/** A pickle that cannot be read, before it is known which file it is in. */
export class PickleError extends Error {
  override readonly name = 'PickleError';

  constructor(
    problem: string,
    /** Offset in the bytes that were read. */
    readonly offset: number,
  ) {
    super(problem);
  }
}

/** Far beyond any state dict: a tensor takes some 40 operations; Python's pickler adds pairs to a dict by 1,000. */
const limits = { operations: 1_000_000, stack: 10_000, marks: 100, string: 65_535, long: 16 } as const;

/** What to do about a file that is no state dict, or written in another way. */
export const saveAgain =
  "load it in Python and save the state dict alone, torch.save(model.state_dict(), 'pytorch_model.bin') without " +
  "another protocol, or better safetensors.torch.save_file(model.state_dict(), 'model.safetensors')";

/**
 * Reads one pickle.
 *
 * @param bytes holds it from `start` on
 * @returns its value, and the offset behind it
 * @throws PickleError for anything that is malformed, unknown or beyond the limits
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  world: PickleWorld,
): { value: PickleValue; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: PickleValue[] = [];
  const marks: number[] = [];
  const memo = new Map<number, PickleValue>();
  let at = start;
  let operation = start;
  let protocol = 0;

  const fail = (problem: string): never => {
    throw new PickleError(problem, operation);
  };
  const take = (length: number): number => {
    if (length > bytes.length - at)
      fail(`the pickle is cut short: ${length} bytes needed, ${bytes.length - at} left`);
    at += length;
    return at - length;
  };
  const byte = (): number => bytes[take(1)]!;
  const uint32 = (): number => view.getUint32(take(4), true);
  const text = (length: number): string => {
    if (length > limits.string) fail(`a text of ${length} bytes, expected at most ${limits.string}`);
    const from = take(length);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(from, from + length));
    } catch {
      return fail('a text that is not UTF-8');
    }
  };
  const line = (): string => {
    const end = bytes.subarray(at, at + limits.string).indexOf(0x0a);
    if (end < 0) fail('a line without an end');
    const found = text(end);
    take(1);
    return found;
  };
  const long = (length: number): number | bigint => {
    if (length > limits.long) fail(`an integer of ${length} bytes, expected at most ${limits.long}`);
    const from = take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[from + i]!);
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  };

  const push = (value: PickleValue): void => {
    if (stack.length >= limits.stack) fail(`more than ${limits.stack} objects within one another`);
    stack.push(value);
  };
  const pop = (): PickleValue => {
    if (stack.length <= (marks.at(-1) ?? 0)) fail('an operation without its operands');
    return stack.pop()!;
  };
  const popToMark = (): PickleValue[] => stack.splice(marks.pop() ?? fail('an operation without its mark'));
  const popMany = (count: number): PickleValue[] => Array.from({ length: count }, pop).reverse();
  const top = (): PickleValue => {
    push(pop());
    return stack[stack.length - 1]!;
  };
  const remember = (index: number): void => {
    memo.set(index, top());
  };
  const recall = (index: number): void => {
    if (!memo.has(index)) fail(`object ${index} is used before it is there`);
    push(memo.get(index)!);
  };
  const setItems = (items: readonly PickleValue[]): void => {
    const dict = top();
    if (!(dict instanceof Map)) return fail('an entry for something that is no dict');
    for (let i = 0; i < items.length; i += 2) {
      if (i + 1 >= items.length) fail('an entry of a dict that has no value');
      dict.set(items[i], items[i + 1]);
    }
  };
  const append = (items: readonly PickleValue[]): void => {
    const list = top();
    if (!Array.isArray(list)) return fail('an item for something that is no list');
    for (const item of items) list.push(item);
  };
  const call = (): void => {
    const args = pop();
    const callee = pop();
    if (typeof callee !== 'function' || !Array.isArray(args)) fail('a call of something that is no function');
    push(attempt(() => (callee as PickleFunction)(args as PickleValue[])));
  };
  const attempt = (make: () => PickleValue): PickleValue => {
    try {
      return make();
    } catch (error) {
      return fail((error as Error).message);
    }
  };
  const findGlobal = (): void => {
    const name = `${line()}.${line()}`;
    push(
      world.globals.get(name) ??
        fail(
          `the file asks for ${excerpt(name)}, which no state dict needs; it was not run. Only tensors are read from ` +
            `PyTorch files: ${saveAgain}`,
        ),
    );
  };

  for (let operations = 0; ; operations++) {
    operation = at;
    if (operations >= limits.operations) fail(`more than ${limits.operations} operations`);
    const code = byte();
    switch (code) {
      case 0x80: // PROTO
        protocol = byte();
        if (protocol > 3)
          fail(`a pickle of protocol ${protocol}, expected 2, torch.save's own: ${saveAgain}`);
        break;
      case 0x2e: {
        // STOP
        const value = pop();
        if (stack.length > 0) fail('the pickle ends with objects that belong to nothing');
        return { value, end: at };
      }
      case 0x28: // MARK
        if (marks.length >= limits.marks) fail(`more than ${limits.marks} levels of nesting`);
        marks.push(stack.length);
        break;
      case 0x4e: // NONE
        push(null);
        break;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        push(code === 0x88);
        break;
      case 0x4a: // BININT
        push(view.getInt32(take(4), true));
        break;
      case 0x4b: // BININT1
        push(byte());
        break;
      case 0x4d: // BININT2
        push(view.getUint16(take(2), true));
        break;
      case 0x8a: // LONG1
        push(long(byte()));
        break;
      case 0x8b: // LONG4
        push(long(uint32()));
        break;
      case 0x47: // BINFLOAT
        push(view.getFloat64(take(8)));
        break;
      case 0x58: // BINUNICODE
        push(text(uint32()));
        break;
      case 0x55: // SHORT_BINSTRING and BINSTRING, the texts of Python 2
        push(text(byte()));
        break;
      case 0x54:
        push(text(uint32()));
        break;
      case 0x29: // EMPTY_TUPLE
      case 0x5d: // EMPTY_LIST
        push([]);
        break;
      case 0x7d: // EMPTY_DICT
        push(new Map());
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        push(popMany(code - 0x84));
        break;
      case 0x74: // TUPLE
        push(popToMark());
        break;
      case 0x61: // APPEND
        append(popMany(1));
        break;
      case 0x65: // APPENDS
        append(popToMark());
        break;
      case 0x73: // SETITEM
        setItems(popMany(2));
        break;
      case 0x75: // SETITEMS
        setItems(popToMark());
        break;
      case 0x71: // BINPUT
        remember(byte());
        break;
      case 0x72: // LONG_BINPUT
        remember(uint32());
        break;
      case 0x68: // BINGET
        recall(byte());
        break;
      case 0x6a: // LONG_BINGET
        recall(uint32());
        break;
      case 0x63: // GLOBAL
        findGlobal();
        break;
      case 0x52: // REDUCE
        call();
        break;
      case 0x62: // BUILD: the attributes of an OrderedDict, such as a state dict's _metadata, are not needed
        if (!(pop() instanceof Map) || !(top() instanceof Map))
          fail('attributes of something that is no dict');
        break;
      case 0x51: {
        // BINPERSID
        const id = pop();
        push(attempt(() => world.persistent(id)));
        break;
      }
      default:
        fail(
          protocol < 2
            ? `a pickle of protocol 0 or 1, expected 2, torch.save's own: ${saveAgain}`
            : `the operation 0x${code.toString(16)}, which no state dict needs: ${saveAgain}`,
        );
    }
  }
}
