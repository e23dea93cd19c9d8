import fc from 'fast-check';
import { bytes, call, dict, global, int, list, long, pickle, text, tuple, yes } from './pickle.fixture.ts';
import { PickleError, readPickle, type PickleValue, type PickleWorld } from './pickle.ts';

const world: PickleWorld = {
  globals: new Map<string, PickleValue>([
    ['math.sum', (args) => args.reduce<number>((a, b) => a + Number(b), 0)],
  ]),
  persistent: (id) => {
    if (typeof id !== 'string') throw new Error('an id that is no text');
    return { id };
  },
};
const read = (content: Uint8Array): PickleValue => readPickle(content, 0, world).value;

function refusal(content: Uint8Array): PickleError {
  try {
    read(content);
  } catch (error) {
    if (error instanceof PickleError) return error;
    throw error;
  }
  throw new Error('not refused');
}

describe('readPickle', () => {
  it('reads what state dicts are made of', () => {
    expect(
      read(pickle(dict({ a: tuple(int(-1), bytes('K', 200), bytes('M', 1, 2)), ä: bytes('N') }))),
    ).toEqual(
      new Map<string, unknown>([
        ['a', [-1, 200, 513]],
        ['ä', null],
      ]),
    );
    expect(read(pickle(list(yes, bytes(')'), bytes(']', text('x'), 'a'))))).toEqual([true, [], ['x']]);
    expect(read(pickle(bytes(int(1), int(2), 0x86)))).toEqual([1, 2]);
    expect(read(pickle(bytes('}', text('k'), int(3), 's')))).toEqual(new Map([['k', 3]]));
    expect(read(pickle(call(global('math', 'sum'), int(2), int(5))))).toBe(7);
    expect(read(pickle(bytes(text('key'), 'Q')))).toEqual({ id: 'key' });
    // what training checkpoints have beside
    const third = Buffer.alloc(8);
    third.writeDoubleBE(1 / 3);
    expect(read(pickle(bytes('}', int(7), bytes('G', third), 's')))).toEqual(new Map([[7, 1 / 3]]));
    expect(read(pickle(bytes('U', 1, 'x', 'T', 1, 0, 0, 0, 'y', 0x86)))).toEqual(['x', 'y']);
    expect(read(pickle(bytes(0x8b, 2, 0, 0, 0, 1, 1)))).toBe(257);
  });

  it('reads integers of any length', () => {
    expect(read(pickle(long(0n, 0)))).toBe(0);
    expect(read(pickle(long(-5n, 1)))).toBe(-5);
    expect(read(pickle(long(2n ** 40n, 6)))).toBe(2 ** 40);
    expect(read(pickle(long(2n ** 60n, 8)))).toBe(2n ** 60n);
    expect(read(pickle(long(0x1950a86a20f9469cfc6cn, 10)))).toBe(0x1950a86a20f9469cfc6cn);
  });

  it('remembers', () => {
    expect(read(pickle(bytes(text('x'), 'q', 7, 'h', 7, 0x86)))).toEqual(['x', 'x']);
    const large = new Uint8Array(Uint32Array.of(2 ** 31).buffer);
    expect(read(pickle(bytes('N', 'r', large, 'j', large, 0x86)))).toEqual([null, null]);
  });

  it('reads one pickle after the other', () => {
    const two = bytes(pickle(int(1)), pickle(int(2)));
    const { value, end } = readPickle(two, 0, world);
    expect([value, readPickle(two, end, world)]).toEqual([1, { value: 2, end: two.length }]);
  });

  it('drops the attributes of a dict', () => {
    expect(read(pickle(bytes('}', dict({ _metadata: int(1) }), 'b')))).toEqual(new Map());
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['os.system', call(global('os', 'system'), text('true')), /asks for os\.system, which .* it was not run/],
    ['posix.system', call(global('posix', 'system'), text('true')), /posix\.system/],
    ['builtins.eval', call(global('builtins', 'eval'), text('1')), /builtins\.eval/],
    ['a global of Object.prototype', global('__proto__', 'constructor'), /__proto__\.constructor/],
    ['INST', bytes('(', text('true'), 'ios\nsystem\n'), /operation 0x69/],
    ['OBJ', bytes('(', global('math', 'sum'), 'o'), /operation 0x6f/],
    ['NEWOBJ', bytes(global('math', 'sum'), ')', 0x81), /operation 0x81/],
    ['STACK_GLOBAL', bytes(text('os'), text('system'), 0x93), /operation 0x93/],
    ['EXT1', bytes(0x82, 1), /operation 0x82/],
    [
      'protocol 4',
      bytes(0x80, 4),
      /a pickle of protocol 4, expected 2.*: load it .* torch\.save\(model\.state_dict\(\)/,
    ],
    ['protocol 5', bytes(0x80, 5), /a pickle of protocol 5, expected 2.* safetensors\.torch\.save_file\(/],
    ['a call of a text', bytes(text('x'), ')', 'R'), /no function/],
    ['a call without arguments', bytes(global('math', 'sum'), 'R'), /without its operands/],
    ['attributes of a list', bytes(']', '}', 'b'), /attributes of something/],
    ['a foreign reference', bytes(int(1), 'Q'), /an id that is no text/],
    ['an odd number of names and values', bytes('}', '(', text('a'), 'u'), /no value/],
    ['an entry for a list', bytes(']', text('a'), int(1), 's'), /no dict/],
    ['an item for a dict', bytes('}', int(1), 'a'), /no list/],
    ['an item below the mark', bytes(']', '(', 'a'), /without its operands/],
    ['a mark that is missing', bytes(int(1), 't'), /without its mark/],
    ['a memo that is empty', bytes('h', 1), /object 1 is used before/],
    ['a text that is not UTF-8', bytes('X', 1, 0, 0, 0, 0xff), /not UTF-8/],
    ['two values', bytes(int(1), int(2)), /belong to nothing/],
    ['no value', bytes(), /without its operands/],
    ['a name without an end', bytes('cos'), /line without an end/],
  ])('refuses %s', (_, content, message) => {
    expect(refusal(pickle(content)).message).toMatch(message);
  });

  it('says what to do about protocols 0 and 1', () => {
    expect(refusal(bytes('(dp0\n.')).message).toMatch(/a pickle of protocol 0 or 1, expected 2.*: load it/);
  });

  it('refuses sizes that lie, without allocating for them', () => {
    expect(refusal(pickle(bytes('X', 0xff, 0xff, 0xff, 0xff))).message).toMatch(
      /4294967295 bytes, expected at most/,
    );
    expect(refusal(pickle(bytes('X', 0, 0xff, 0, 0))).message).toMatch(
      /cut short: 65280 bytes needed, 1 left/,
    );
    expect(refusal(pickle(bytes(0x8a, 255))).message).toMatch(/an integer of 255 bytes/);
    expect(refusal(bytes(0x80, 2, 'J', 1)).message).toMatch(/cut short: 4 bytes needed, 1 left/);
  });

  it('refuses what grows without end', () => {
    const many = (operation: string | number, count: number) =>
      bytes(
        0x80,
        2,
        Buffer.alloc(count, typeof operation === 'string' ? operation.charCodeAt(0) : operation),
      );
    expect(refusal(many('(', 1e6)).message).toMatch(/more than 100 levels/);
    expect(refusal(many(']', 1e6)).message).toMatch(/more than 10000 objects/);
    expect(refusal(bytes(many(')', 1), many(0x85, 2e6).subarray(2))).message).toMatch(
      /more than 1000000 operations/,
    );
    // A tuple in a tuple in a tuple ... is read without recursion.
    expect(read(bytes(many(')', 1), many(0x85, 500_000).subarray(2), '.'))).toBeInstanceOf(Array);
  });

  it('never fails in another way', () => {
    const whole = pickle(dict({ a: tuple(int(1), text('b')), c: call(global('math', 'sum'), int(2)) }));
    for (let length = 0; length < whole.length; length++) refusal(whole.slice(0, length));
    const attempt = (content: Uint8Array): void => {
      try {
        read(content);
      } catch (error) {
        expect(error).toBeInstanceOf(PickleError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), attempt), { numRuns: 2000 });
    const damaged = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, value]) => {
      const copy = Uint8Array.from(whole);
      copy[at] = value;
      return copy;
    });
    fc.assert(fc.property(damaged, attempt), { numRuns: 2000 });
  });
});
