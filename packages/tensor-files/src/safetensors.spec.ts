import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileError, memorySource } from '@diffprune/files';
import fc from 'fast-check';
import { openSafetensorsFile, readSafetensorsFile, writeSafetensorsFile } from './safetensors-file.ts';
import { decodeSafetensors, encodeHeader, openSafetensors, SafetensorsError } from './safetensors.ts';
import type { StoredTensor } from './tensor-file.ts';

/** A file with this header over so many bytes of data. */
function file(header: unknown, data = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

function error(bytes: Uint8Array): SafetensorsError {
  try {
    decodeSafetensors(bytes, 'model.safetensors');
  } catch (error) {
    if (error instanceof SafetensorsError) return error;
    throw error;
  }
  throw new Error('not refused');
}

const scratch = () => mkdtemp(join(tmpdir(), 'safetensors-'));

describe('decodeSafetensors', () => {
  it('reads every type', () => {
    const data = new Uint8Array([
      ...new Uint8Array(Float32Array.of(1.5, -2).buffer),
      ...new Uint8Array(Uint16Array.of(0x3c00, 0xc100, 0x0001).buffer), // 1, -2.5, 2^-24
      ...new Uint8Array(Uint16Array.of(0x3f80, 0xc020, 0x7f80).buffer), // 1, -2.5, Infinity
      ...new Uint8Array(Int32Array.of(-7).buffer),
      ...new Uint8Array(BigInt64Array.of(-3n).buffer),
      ...new Uint8Array(Float64Array.of(0.1, NaN, -Infinity).buffer),
      ...new Uint8Array(BigUint64Array.of(7n).buffer),
      ...new Uint8Array(Uint32Array.of(2 ** 32 - 1).buffer),
      ...new Uint8Array(Int16Array.of(-300).buffer),
      ...new Uint8Array(Uint16Array.of(65535).buffer),
      ...[0xff, 0xff, 1, 0], // I8, U8, BOOL, BOOL
    ]);
    const tensors = decodeSafetensors(
      file(
        {
          __metadata__: { format: 'pt' },
          f: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
          h: { dtype: 'F16', shape: [3, 1], data_offsets: [8, 14] },
          b: { dtype: 'BF16', shape: [3], data_offsets: [14, 20] },
          i: { dtype: 'I32', shape: [], data_offsets: [20, 24] },
          l: { dtype: 'I64', shape: [1], data_offsets: [24, 32] },
          empty: { dtype: 'F32', shape: [0, 4], data_offsets: [32, 32] },
          d: { dtype: 'F64', shape: [3], data_offsets: [32, 56] },
          ul: { dtype: 'U64', shape: [1], data_offsets: [56, 64] },
          ui: { dtype: 'U32', shape: [1], data_offsets: [64, 68] },
          s: { dtype: 'I16', shape: [1], data_offsets: [68, 70] },
          us: { dtype: 'U16', shape: [1], data_offsets: [70, 72] },
          c: { dtype: 'I8', shape: [1], data_offsets: [72, 73] },
          uc: { dtype: 'U8', shape: [1], data_offsets: [73, 74] },
          t: { dtype: 'BOOL', shape: [2], data_offsets: [74, 76] },
        },
        data,
      ),
    );
    expect(Object.fromEntries([...tensors].map(([name, { data }]) => [name, [...data]]))).toEqual({
      f: [1.5, -2],
      h: [1, -2.5, 2 ** -24],
      b: [1, -2.5, Infinity],
      i: [-7],
      l: [-3],
      empty: [],
      d: [Math.fround(0.1), NaN, -Infinity],
      ul: [7],
      ui: [2 ** 32 - 1],
      s: [-300],
      us: [65535],
      c: [-1],
      uc: [255],
      t: [1, 0],
    });
    expect(tensors.get('h')?.shape).toEqual([3, 1]);
  });

  const one = (entry: object) =>
    file({ x: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...entry } }, new Uint8Array(4));
  it.each<[string, Uint8Array, RegExp, number | ((dataStart: number) => number)]>([
    ['an empty file', new Uint8Array(0), /0 bytes, expected at least 8/, 0],
    [
      'a header length beyond the file',
      file('{}').fill(0xff, 0, 8),
      /claims 18446744073709552000 bytes, expected at most 2/,
      0,
    ],
    ['a header that is not JSON', file('{"x": '), /not JSON/, 8],
    ['a header that is not UTF-8', file('{"ab": 1}').fill(0xff, 10, 11), /not JSON/, 8],
    ['a header that is a list', file([]), /not a JSON object/, 8],
    ['an entry that is null', file({ x: null }), /dtype undefined/, 8],
    [
      'an unknown dtype',
      one({ dtype: 'F128' }),
      /dtype "F128", expected one of F64, F32, F16, BF16, I64, .*, F4$/,
      8,
    ],
    [
      'a dtype that is not read',
      one({ dtype: 'F8_E4M3', shape: [4] }),
      /numbers of type F8_E4M3, expected one of F64, .*, BOOL$/,
      (data) => data,
    ],
    [
      'numbers that are no whole bytes',
      one({ dtype: 'F4', shape: [7] }),
      /expected .* no whole number/,
      (data) => data,
    ],
    ['a name twice', file('{"x": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}, "x": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}}'), /the key "x" comes twice/, 8], // prettier-ignore
    ['a field twice', file('{"x": {"dtype": "F32", "dtype": "F32", "shape": [0], "data_offsets": [0, 0]}}'), /the key "dtype" comes twice/, 8], // prettier-ignore
    ['a byte-order mark', file('\uFEFF{}'), /not JSON/, 8],
    ['offsets with a point', file('{"x": {"dtype": "F32", "shape": [0], "data_offsets": [0.0, 0]}}'), /the number 0.0 .*, expected digits alone/, 8], // prettier-ignore
    ['offsets with an exponent', file('{"x": {"dtype": "F32", "shape": [0], "data_offsets": [0e1, 0]}}'), /the number 0e1/, 8], // prettier-ignore
    ['a name that is not Unicode', file('{"\\ud800": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}}'), /not Unicode/, 8], // prettier-ignore
    ['metadata that is a number', file({ __metadata__: { format: 1 } }), /__metadata__ holds 1 under format, expected texts/, 8], // prettier-ignore
    ['metadata that is a list', file({ __metadata__: [] }), /__metadata__ holds \[\]/, 8],
    ['a product of sizes beyond all bounds, times 0', one({ shape: [2 ** 50, 2 ** 50, 0], data_offsets: [0, 0] }), /more than any file/, (data) => data], // prettier-ignore
    ['metadata that is a text', file({ __metadata__: 'pt' }), /__metadata__ holds "pt"/, 8],
    ['lists within lists', file('['.repeat(1e6)), /more than 100 levels within one another/, 8],
    [
      'a header of 17 MiB',
      file(' '.repeat(17 * 2 ** 20)),
      /the header claims 17825792 bytes, expected at most/,
      0,
    ],
    [
      'an F64 beyond float32',
      file(
        { x: { dtype: 'F64', shape: [2], data_offsets: [0, 16] } },
        new Uint8Array(Float64Array.of(1, 1e300).buffer),
      ),
      /the value 1e\+300 is beyond the range of float32/,
      (data) => data + 8,
    ],
    ['a dtype of Object.prototype', one({ dtype: 'toString' }), /dtype "toString"/, 8],
    ['a negative size', one({ shape: [-1] }), /the number -1 at character \d+, expected digits alone/, 8],
    ['offsets in reverse', one({ data_offsets: [4, 0] }), /data_offsets \[4,0\]/, 8],
    ['three offsets', one({ data_offsets: [0, 4, 4] }), /data_offsets/, 8],
    [
      'a shape of more bytes than the data',
      one({ shape: [2] }),
      /4 bytes of data, expected 8 for F32 \[2\]/,
      (data) => data,
    ],
    [
      'a shape beyond all bounds',
      one({ shape: [2 ** 50, 2 ** 50] }),
      /expected more than any file has/,
      (data) => data,
    ],
    [
      'data beyond the file',
      one({ shape: [2 ** 40], data_offsets: [0, 2 ** 42] }),
      /cut short/,
      (data) => data,
    ],
    ['a gap', one({ shape: [0], data_offsets: [4, 4] }), /leave a gap/, (data) => data + 4],
    [
      'data after the last tensor',
      one({ shape: [0], data_offsets: [0, 0] }),
      /tensors end at byte 62, the file at 66/,
      (data) => data,
    ],
    [
      'tensors that overlap',
      file(
        {
          a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
          b: { dtype: 'F16', shape: [1], data_offsets: [2, 4] },
        },
        new Uint8Array(4),
      ),
      /tensor "b": .*overlap/,
      (data) => data + 2,
    ],
    [
      'a value beyond 32 bits',
      file({ x: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, new Uint8Array(8).fill(0x7f)),
      /does not fit 32 bits/,
      (data) => data,
    ],
  ])('refuses %s', (_, bytes, message, byteOffset) => {
    const refused = error(bytes);
    expect(refused.message).toMatch(message);
    expect(refused).toMatchObject({ file: 'model.safetensors' });
    const dataStart = () => 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(refused.byteOffset).toBe(typeof byteOffset === 'number' ? byteOffset : byteOffset(dataStart()));
    expect(refused.message).toContain(`model.safetensors, byte ${refused.byteOffset}`);
  });

  it('refuses any cut of a file, and never crashes on a damaged one', () => {
    const tensors = new Map<string, StoredTensor>([
      ['a', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
      ['b', { shape: [1], data: Int32Array.of(5) }],
    ]);
    const whole = new Uint8Array([
      ...encodeHeader(tensors),
      ...new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer),
      5,
      0,
      0,
      0,
    ]);
    expect(decodeSafetensors(whole)).toEqual(tensors);
    for (let length = 0; length < whole.length; length++) error(whole.slice(0, length));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = whole.slice();
        damaged[at] = whole[at]! ^ flip;
        try {
          decodeSafetensors(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(SafetensorsError);
        }
      }),
    );
  });
});

describe('safetensors files', () => {
  it('gives back what was written', async () => {
    const path = join(await scratch(), 'x.safetensors');
    const data = fc.oneof(fc.float32Array({ maxLength: 9 }), fc.int32Array({ maxLength: 9 }));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), data), async (record) => {
        const names = Object.keys(record).filter((name) => name !== '__metadata__');
        const tensors = new Map(
          names.map((name) => [name, { shape: [record[name]!.length], data: record[name]! }]),
        );
        await writeSafetensorsFile(path, tensors, { metadata: { format: 'pt' } });
        expect(new Map(await readSafetensorsFile(path))).toEqual(tensors);
        const { names: found, read } = await openSafetensorsFile(path);
        expect(new Map(found.map((name) => [name, read(name)]))).toEqual(tensors);
      }),
      { numRuns: 30 },
    );
  });

  it('names file, tensor and byte of a file cut short', async () => {
    const folder = await scratch();
    const path = join(folder, 'x.safetensors');
    await writeSafetensorsFile(path, new Map([['w', { shape: [4], data: new Float32Array(4) }]]));
    expect(await readdir(folder)).toEqual(['x.safetensors']);
    const { length } = await readFile(path);
    await truncate(path, length - 1);
    await expect(readSafetensorsFile(path)).rejects.toThrow(
      `${path}, byte ${length - 16}, tensor "w": its data end at byte ${length}, but the file has ${length - 1}`,
    );
    await writeFile(path, 'abc');
    await expect(readSafetensorsFile(path)).rejects.toThrow(SafetensorsError);
    await expect(openSafetensorsFile(path)).rejects.toThrow(SafetensorsError);
  });

  it('are no pipes and no folders', async () => {
    const folder = await scratch();
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const path of [join(folder, 'pipe'), folder, '/dev/zero']) {
      await expect(readSafetensorsFile(path)).rejects.toThrow(
        /it is a (pipe|folder|device), expected a file/,
      );
      await expect(openSafetensorsFile(path)).rejects.toThrow(FileError);
    }
  });

  it('keep the bits of half-precision NaNs', async () => {
    const path = join(await scratch(), 'x.safetensors');
    const halves = Uint16Array.of(0x7c01, 0x7e01, 0xfdff, 0x7c00);
    const header = { x: { dtype: 'F16', shape: [4], data_offsets: [0, 8] } };
    await writeFile(path, file(header, new Uint8Array(halves.buffer)));
    const { data } = (await readSafetensorsFile(path)).get('x')!;
    const words = [0x7f802000, 0x7fc02000, 0xffbfe000, 0x7f800000];
    expect([...new Uint32Array(data.buffer)]).toEqual(words);
  });

  it('notices a file that becomes shorter after it was opened', async () => {
    const path = join(await scratch(), 'x.safetensors');
    await writeSafetensorsFile(path, new Map([['w', { shape: [4], data: new Float32Array(4) }]]));
    const { read } = await openSafetensorsFile(path);
    expect(read('v')).toBeUndefined();
    const { length } = await readFile(path);
    await truncate(path, length - 6);
    expect(() => read('w')).toThrow(`byte ${length - 6}, tensor "w": the file became shorter`);
  });
});

describe("a file of the format's own library", () => {
  const path = fileURLToPath(new URL('fixtures/tensors.safetensors', import.meta.url));

  it('holds the numbers that PyTorch has', async () => {
    const described = JSON.parse(await readFile(path.replace('.safetensors', '.json'), 'utf8')) as object;
    const expected = Object.entries(described as Record<string, { shape: number[]; values: number[] }>);
    const tensors = await readSafetensorsFile(path);
    expect(tensors.size).toBe(expected.length);
    for (const [name, { shape, values }] of expected) {
      expect([name, tensors.get(name)?.shape, [...tensors.get(name)!.data]]).toEqual([name, shape, values]);
    }
  });

  it('is viewed without a copy where the bytes are in memory, and lie where floats may', async () => {
    const bytes = new Uint8Array(await readFile(path));
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const aside = { path, bytes: bytes.length, read: memorySource(path, bytes).read, close: async () => {} };
    const sources = [memorySource(path, bytes), memorySource(path, shifted.subarray(1)), aside];
    for (const [i, source] of sources.entries()) {
      const { shapes, read, view } = await openSafetensors(source);
      for (const name of shapes.keys()) expect(await view(name)).toEqual(await read(name));
      const { data } = await view('float');
      expect(data.buffer === bytes.buffer).toBe(i === 0);
      expect((await read('float')).data.buffer).not.toBe(bytes.buffer);
    }
  });

  it('is read alike from memory and from disk', async () => {
    const tensors = await readSafetensorsFile(path);
    expect(tensors.get('long')).toMatchObject({ shape: [1, 6], data: expect.any(Int32Array) });
    const again = decodeSafetensors(await readFile(path));
    expect([...again.keys()]).toEqual([...tensors.keys()]);
    for (const [name, { shape, data }] of tensors) {
      expect(again.get(name)?.shape).toEqual(shape);
      expect(Buffer.compare(Buffer.from(again.get(name)!.data.buffer), Buffer.from(data.buffer))).toBe(0);
    }
  });
});
