import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memorySource } from '@diffprune/files';
import fc from 'fast-check';
import { bytes, call, dict, global, int, list, long, no, pickle, storage, tensor, text, tuple, yes } from './pickle.fixture.ts'; // prettier-ignore
import { PyTorchFileError } from './pytorch-error.ts';
import { openPyTorch } from './open-pytorch.ts';
import { readPyTorchFile } from './read-pytorch-file.ts';
import { zip, type ZipLies } from './zip.fixture.ts';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

async function written(content: Uint8Array): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'pytorch-')), 'pytorch_model.bin');
  await writeFile(path, content);
  return path;
}

const read = async (content: Uint8Array) => readPyTorchFile(await written(content));

async function refusal(content: Uint8Array): Promise<string> {
  const error = await read(content).then(
    () => new Error('not refused'),
    (error: unknown) => error,
  );
  if (!(error instanceof PyTorchFileError)) throw error;
  expect(error.message).toMatch(/pytorch_model\.bin, byte \d+/);
  return error.message;
}

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const four = floats(1, 2, 3, 4);
const square = tensor(storage('FloatStorage', '0', int(4)), int(0), [int(2), int(2)], [int(2), int(1)]);

/** A newer file: a pickled value, and storages. */
const archive = (
  value: Uint8Array,
  storages: Record<string, Uint8Array> = { 0: four },
  lies: ZipLies = {},
  options: Parameters<typeof zip>[1] = {},
): Buffer =>
  zip(
    [
      ['x/data.pkl', pickle(value)],
      ...Object.entries(storages).map(([key, content]) => [`x/data/${key}`, content, lies] as const),
    ],
    options,
  );

/** An older file. */
function stream({
  magic = 0x1950a86a20f9469cfc6cn,
  littleEndian = yes,
  value = dict({ w: tensor(storage('FloatStorage', 'a', int(4), bytes('N')), int(0), [int(4)], [int(1)]) }),
  keys = [text('a')],
  data = bytes(new Uint8Array(BigInt64Array.of(4n).buffer), four),
}: {
  magic?: bigint;
  littleEndian?: Uint8Array;
  value?: Uint8Array;
  keys?: Uint8Array[];
  data?: Uint8Array;
} = {}): Uint8Array {
  const pickles = [long(magic, 10), int(1001), dict({ little_endian: littleEndian }), value, list(...keys)];
  return bytes(...pickles.map(pickle), data);
}

describe('files of PyTorch 1.13', () => {
  it.each(['tensors.zip.bin', 'tensors.legacy.bin'])('%s is read bit by bit', async (name) => {
    const tensors = await readPyTorchFile(fixture(name));
    const expected = JSON.parse(await readFile(fixture('tensors.json'), 'utf8')) as Record<
      string,
      { shape: number[]; values: number[] }
    >;
    expect([...tensors.keys()]).toEqual(Object.keys(expected));
    for (const [name, { shape, values }] of Object.entries(expected)) {
      expect(tensors.get(name)!.shape).toEqual(shape);
      const integers = name === 'long' || name === 'int';
      expect(tensors.get(name)!.data).toEqual(integers ? Int32Array.from(values) : Float32Array.from(values));
    }
    expect(tensors.get('transposed')!.data.slice(0, 4)).toEqual(Float32Array.of(-8, -4, 0, -7));
  });

  it('doubles are rounded, and whole modules refused by name', async () => {
    const double = await readPyTorchFile(fixture('double.zip.bin'));
    expect(Object.fromEntries(double)).toEqual({ double: { shape: [2], data: new Float32Array(2) } });
    await expect(readPyTorchFile(fixture('module.zip.bin'))).rejects.toThrow(
      /the file asks for torch\.nn\.modules\.linear\.Linear, which no state dict needs; it was not run/,
    );
  });
});

describe('the reader of archives', () => {
  it.each([false, true])('reads one, zip64: %s', async (zip64) => {
    const tensors = await read(archive(dict({ w: square }), { 0: four }, {}, { zip64 }));
    expect(Object.fromEntries(tensors)).toEqual({ w: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } });
  });

  it.each<[string, Buffer, RegExp]>([
    [
      'compressed files',
      archive(dict({ w: square }), { 0: four }, { method: 8 }),
      /x\/data\/0 is compressed/,
    ],
    ['encrypted files', archive(dict({ w: square }), { 0: four }, { flags: 1 }), /is encrypted/],
    [
      'a size beyond the archive',
      archive(dict({ w: square }), { 0: four }, { packed: 2 ** 31, unpacked: 2 ** 31 }),
      /x\/data\/0 claims 2147483648 bytes, more than the archive has/,
    ],
    [
      'a size beyond all bounds',
      archive(dict({ w: square }), { 0: four }, { packed: 2 ** 52, unpacked: 2 ** 52 }, { zip64: true }),
      /claims 4503599627370496 bytes/,
    ],
    [
      'two sizes',
      archive(dict({ w: square }), { 0: four }, { unpacked: 17 }),
      /has 16 bytes, but should have 17/,
    ],
    [
      'a place beyond the archive',
      archive(dict({ w: square }), { 0: four }, { header: 2 ** 31 }),
      /cut short/,
    ],
    [
      'a place in another file',
      archive(dict({ w: square }), { 0: four }, { header: 5 }),
      /does not begin where/,
    ],
    [
      'more files than there are',
      archive(dict({ w: square }), { 0: four }, {}, { count: 3 }),
      /claims 3 files|no entry/,
    ],
    [
      'more files than memory',
      archive(dict({ w: square }), { 0: four }, {}, { count: 2 ** 50, zip64: true }),
      /claims 1125899906842624 files/,
    ],
    [
      'a file twice',
      zip([
        ['a/data.pkl', four],
        ['a/data.pkl', four],
      ]),
      /twice/,
    ],
    ['an archive of something else', zip([['word/document.xml', four]]), /no data\.pkl/],
    [
      'a storage of another size',
      archive(dict({ w: square }), { 0: floats(1) }),
      /data\/0 is 4 bytes, expected 16/,
    ],
    ['a storage that is missing', archive(dict({ w: square }), {}), /data\/0 is missing, expected 16 bytes/],
    [
      'big-endian numbers',
      zip([
        ['x/data.pkl', pickle(dict({ w: square }))],
        ['x/data/0', four],
        ['x/byteorder', bytes('big')],
      ]),
      /big-endian/,
    ],
  ])('refuses %s', async (_, content, message) => expect(await refusal(content)).toMatch(message));
});

describe('the reader of streams', () => {
  it('reads one', async () => {
    expect(Object.fromEntries(await read(stream()))).toEqual({
      w: { shape: [4], data: Float32Array.of(1, 2, 3, 4) },
    });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['a pickle of something else', pickle(dict({ a: int(1) })), /a pickle that torch\.save did not write/],
    ['another magic number', stream({ magic: 0x1950a86a20f9469cfc6dn }), /torch\.save did not write/],
    ['big-endian numbers', stream({ littleEndian: no }), /big-endian/],
    ['no storages', stream({ keys: [] }), /tensor "w": its storage a is not in the file/],
    ['a storage of no tensor', stream({ keys: [text('b')] }), /a storage that no tensor uses/],
    ['a storage twice', stream({ keys: [text('a'), text('a')] }), /no tensor uses/],
    [
      'a length that is another',
      stream({ data: bytes(new Uint8Array(BigInt64Array.of(2n ** 62n).buffer), four) }),
      /storage a has 4611686018427387904 numbers, expected 4/,
    ],
    [
      'a length beyond the file',
      stream({ data: new Uint8Array(BigInt64Array.of(4n).buffer) }),
      /expected 4, in a file of/,
    ],
    ['a view of a storage', stream({ value: dict({ w: tensor(storage('FloatStorage', 'a', int(4), tuple()), int(0), [int(4)], [int(1)]) }) }), /no storage/], // prettier-ignore
    ['no pickle at all', bytes('hello'), /neither a zip archive nor a pickle/],
    ['an empty file', bytes(), /neither a zip archive nor a pickle/],
  ])('refuses %s', async (_, content, message) => expect(await refusal(content)).toMatch(message));
});

describe('tensors', () => {
  const of = storage('FloatStorage', '0', int(4));
  const huge = long(2n ** 50n, 8);
  it.each<[string, Uint8Array, RegExp]>([
    ['end beyond the storage', tensor(of, int(1), [int(4)], [int(1)]), /ends at number 5 of a storage of 4/],
    ['stride beyond it', tensor(of, int(0), [int(2)], [int(4)]), /ends at number 5 of a storage of 4/],
    [
      'repeat it beyond all bounds',
      tensor(of, int(0), [huge], [int(0)]),
      /1125899906842624 elements on a storage of 4/,
    ],
    ['have sizes whose product is beyond all bounds', tensor(of, int(0), [huge, huge, huge], [int(0), int(0), int(0)]), /elements on a storage/], // prettier-ignore
    ['have a negative stride', tensor(of, int(3), [int(4)], [int(-1)]), /are no sizes/],
    ['have a negative size', tensor(of, int(0), [int(-4)], [int(1)]), /are no sizes/],
    ['have a size beyond 2^53', tensor(of, int(0), [long(2n ** 60n, 8)], [int(1)]), /are no sizes/],
    ['have more sizes than strides', tensor(of, int(0), [int(2), int(2)], [int(1)]), /are no sizes/],
    ['have no storage', tensor(text('0'), int(0), [int(4)], [int(1)]), /are no sizes/],
  ])('may not %s', async (_, value, message) => {
    expect(await refusal(archive(dict({ w: value })))).toMatch(message);
  });

  it('may not share a storage a thousand times to fill the memory', async () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`w${i}`, square]));
    expect(await refusal(archive(dict(many)))).toMatch(/4000 elements together, but the file only 4 numbers/);
  });

  it('may not describe a storage in two ways', async () => {
    const other = tensor(storage('HalfStorage', '0', int(8)), int(0), [int(8)], [int(1)]);
    expect(await refusal(archive(dict({ w: square, v: other })))).toMatch(
      /"v" has another idea of its storage 0/,
    );
  });

  it('keep the shape that was checked', async () => {
    // A list as the shape, to which the pickle adds once the tensor is made.
    const rebuild = global('torch._utils', '_rebuild_tensor_v2');
    const value = call(rebuild, of, int(0), bytes(']', 'q', 1, int(4), 'a'), bytes(']', int(1), 'a'), no, no);
    const later = bytes('}', text('x'), 'h', 1, int(1000), 'a', 's', 'b');
    const tensors = await read(archive(bytes('}', text('w'), value, 's', later)));
    expect(tensors.get('w')).toEqual({ shape: [4], data: Float32Array.of(1, 2, 3, 4) });
  });

  it.each<[string, Uint8Array, RegExp]>([
    [
      'a call of os.system',
      call(global('os', 'system'), text('touch /tmp/x')),
      /os\.system, .* it was not run/,
    ],
    ['a number', int(1), /"w" is no tensor/],
    ['a dict of tensors', dict({ w: square }), /"w" is no tensor/],
    [
      'a parameter of a number',
      call(global('torch._utils', '_rebuild_parameter'), int(1), yes, no),
      /no tensor/,
    ],
  ])('may not be %s', async (_, value, message) => {
    expect(await refusal(archive(dict({ w: value })))).toMatch(message);
  });

  it('stand in a dict', async () => {
    expect(await refusal(archive(list(square)))).toMatch(/the file holds no state dict/);
    expect(await refusal(archive(bytes(square, 'q', 0, '0', text('x'))))).toMatch(/operation 0x30/);
  });
});

describe('types of numbers', () => {
  const on = (type: string, content: Uint8Array, length: number) =>
    archive(dict({ w: tensor(storage(type, '0', int(length)), int(0), [int(length)], [int(1)]) }), {
      0: content,
    });

  it.each<[string, ArrayLike<number> & { buffer: ArrayBufferLike }, Float32Array | Int32Array]>([
    ['DoubleStorage', Float64Array.of(0.1, -2), Float32Array.of(0.1, -2)],
    ['ShortStorage', Int16Array.of(-300, 7), Int32Array.of(-300, 7)],
    ['CharStorage', Int8Array.of(-3, 7), Int32Array.of(-3, 7)],
    ['ByteStorage', Uint8Array.of(200, 7), Int32Array.of(200, 7)],
    ['BoolStorage', Uint8Array.of(1, 0), Int32Array.of(1, 0)],
  ])('%s is read', async (type, numbers, data) => {
    const content = new Uint8Array(numbers.buffer);
    expect((await read(on(type, content, numbers.length))).get('w')).toEqual({ shape: [2], data });
  });

  it('that are not read are refused by name, once somebody asks for them', async () => {
    const complex = on('ComplexFloatStorage', new Uint8Array(16), 2);
    expect(await refusal(complex)).toMatch(
      /tensor "w": numbers of type torch.ComplexFloatStorage, expected one of F64/,
    );
    expect(await refusal(on('QInt8Storage', new Uint8Array(2), 2))).toMatch(/asks for torch.QInt8Storage/);
    const opened = await openPyTorch(memorySource('complex.bin', complex));
    expect([...opened.shapes]).toEqual([['w', [2]]]);
  });

  it('may be those of the tensor, on a storage of bytes', async () => {
    const untyped = bytes(
      tuple(text('storage'), global('torch.storage', 'UntypedStorage'), text('0'), text('cpu'), int(4)),
      'Q',
    );
    const typed = (type: string, length: number) =>
      call(
        ...[global('torch._utils', '_rebuild_tensor_v3'), untyped, int(0), tuple(int(length)), tuple(int(1))],
        ...[no, no, global('torch', type)],
      );
    const content = { 0: new Uint8Array(Uint16Array.of(7, 65535).buffer) };
    const { data } = (await read(archive(dict({ w: typed('uint16', 2) }), content))).get('w')!;
    expect(data).toEqual(Int32Array.of(7, 65535));
    expect(await refusal(archive(dict({ w: typed('uint16', 3) }), content))).toMatch(
      /number 3 of a storage of 2/,
    );
    expect(await refusal(archive(dict({ w: typed('float8_e4m3fn', 4) }), content))).toMatch(
      /numbers of type torch.float8_e4m3fn/,
    );
  });
});

describe('training checkpoints', () => {
  const float = bytes('G', 0x3f, 0xed, 0xc2, 0x8f, 0x5c, 0x28, 0xf5, 0xc3);
  const optimizer = dict({ state: bytes('}', int(0), dict({ step: int(1), exp_avg: square }), 's') });
  it.each<[string, Uint8Array, RegExp]>([
    ['floats', dict({ state_dict: dict({ w: square }), best: float }), /"state_dict" is no tensor, .*torch\.save\(torch\.load\(path\)\["state_dict"\], /], // prettier-ignore
    ['floats first', dict({ best: float, model: dict({ w: square }) }), /"best" is no tensor, .*torch\.load\(path\)\["model"\]/], // prettier-ignore
    ['ints, texts and None', dict({ epoch: int(3), name: text('a'), x: bytes('N'), net: dict({ w: square }) }), /\["net"\]/], // prettier-ignore
    ['the state of an optimizer', dict({ optimizer, model: dict({ w: square }) }), /\["model"\]/],
    ['nested dicts', dict({ a: dict({ model: dict({ w: square }) }) }), /"a" is no tensor, .*: load it in Python and save the state dict alone/], // prettier-ignore
    ['keys that are numbers', bytes('}', int(0), square, 's'), /a key that is no name/],
    ['weights and a float', dict({ w: square, temperature: float }), /"temperature" is no tensor/],
  ])('with %s are refused with what to do', async (_, value, message) => {
    expect(await refusal(archive(value))).toMatch(message);
  });
});

describe('archives that expand', () => {
  it('are refused where files overlap', async () => {
    const whole = archive(dict({ w: square }), { 0: four, 1: four });
    // both storages at the place of the first
    const [first, second] = ['x/data/0', 'x/data/1'].map((name) => whole.lastIndexOf(name) - 46) as [
      number,
      number,
    ];
    whole.copy(whole, second + 42, first + 42, first + 46);
    expect(await refusal(whole)).toMatch(/x\/data\/1 overlaps another file/);
  });

  it('are refused where they are pipes', async () => {
    const pipe = join(await mkdtemp(join(tmpdir(), 'pytorch-')), 'pytorch_model.bin');
    execFileSync('mkfifo', [pipe]);
    await expect(readPyTorchFile(pipe)).rejects.toThrow(/it is a pipe, expected a file/);
  });
});

describe('damage', () => {
  it.each(['tensors.zip.bin', 'tensors.legacy.bin'])('any cut of %s is refused', async (name) => {
    const whole = await readFile(fixture(name));
    const path = await written(whole);
    for (let length = 0; length < whole.length; length += 13) {
      await writeFile(path, whole.subarray(0, length));
      await expect(readPyTorchFile(path)).rejects.toThrow(PyTorchFileError);
    }
  });

  it.each(['tensors.zip.bin', 'tensors.legacy.bin'])(
    'a wrong byte in %s is refused or makes other numbers',
    async (name) => {
      const whole = await readFile(fixture(name));
      const path = await written(whole);
      const wrong = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }));
      await fc.assert(
        fc.asyncProperty(wrong, async ([at, flip]) => {
          const damaged = Buffer.from(whole);
          damaged[at]! ^= flip;
          await writeFile(path, damaged);
          await readPyTorchFile(path).catch((error: unknown) =>
            expect(error).toBeInstanceOf(PyTorchFileError),
          );
        }),
        { numRuns: 300 },
      );
    },
  );
});
