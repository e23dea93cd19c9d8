import { sha256 } from '@noble/hashes/sha2.js';
import { random } from '@diffprune/testing/random';
import { TensorError } from './errors.ts';
import { fingerprintTensors } from './fingerprint.ts';
import { half } from './half.ts';
import { concatenate } from './testing.ts';
import type { BaseTensor } from './types.ts';

const next = random(8);
const floats = (length: number) => Float32Array.from({ length }, () => next() - 0.5);
const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const tensors: [string, BaseTensor][] = [
  ['bert.w', { shape: [2, 3], data: Float32Array.of(1, -0, NaN, Infinity, 1e-42, 6) }],
  ['bert.b', { shape: [], data: Float32Array.of(7) }],
  ['bert.empty', { shape: [0, 4], data: new Float32Array(0) }],
  ['bert.large', { shape: [1_200_000], data: floats(1_200_000) }],
];

/** As the documentation defines it, with another implementation of SHA-256. */
function byDefinition(list: [string, BaseTensor][]): string {
  const lines = list.map(([name, { shape, data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 4_194_304)
      chunks.push(sha256(bytes.subarray(at, at + 4_194_304)));
    const digest = hex(sha256(concatenate(...chunks)));
    return `["${name.replace('bert.', '')}",[${shape.join(',')}],"${digest}"]\n`;
  });
  return hex(sha256(new TextEncoder().encode(lines.sort().join(''))));
}

describe('fingerprintTensors', () => {
  it('is what the documentation says', async () => {
    expect(await fingerprintTensors(tensors)).toBe(byDefinition(tensors));
    // From Python's hashlib.
    expect(await fingerprintTensors(tensors.slice(0, 3))).toBe(
      'cedfa83f4b7946322218e30a0b8b1025771fb1485f251c74da63967166a2e995',
    );
  });

  it('depends on neither order nor prefix nor container', async () => {
    const expected = await fingerprintTensors(tensors);
    expect(await fingerprintTensors(new Map(tensors.toReversed()))).toBe(expected);
    const bare = tensors.map(([name, tensor]) => [name.replace('bert.', ''), tensor] as const);
    expect(await fingerprintTensors(bare)).toBe(expected);
    const later = async function* () {
      for (const tensor of tensors) yield await Promise.resolve(tensor);
    };
    expect(await fingerprintTensors(later())).toBe(expected);
    for (const dtype of ['float16', 'bfloat16'] as const) {
      const data = Uint16Array.from({ length: 500 }, () => Math.floor(next() * 65_536));
      const wide = new Float32Array(Uint32Array.from(data, half[dtype].bits).buffer);
      expect(await fingerprintTensors([['w', { shape: [500], data, dtype }]])).toBe(
        await fingerprintTensors([['w', { shape: [500], data: wide }]]),
      );
    }
    const shared = new Float32Array(new SharedArrayBuffer(4));
    shared[0] = 7;
    expect(await fingerprintTensors([['b', { shape: [], data: shared }]])).toBe(
      await fingerprintTensors(tensors.slice(1, 2)),
    );
  });

  it('has taken the values of a tensor when it asks for the next', async () => {
    const memory = new Float32Array(1_200_000);
    const inOneMemory = async function* () {
      for (let round = 0; round < 3; round++) {
        for (const [name, { shape, data }] of tensors) {
          memory.set(data as Float32Array);
          yield [`${name}${round}`, { shape, data: memory.subarray(0, data.length) }] as const;
          memory.fill(5);
        }
      }
    };
    const apart = [0, 1, 2].flatMap((round) =>
      tensors.map(([name, tensor]): [string, BaseTensor] => [`${name}${round}`, tensor]),
    );
    expect(await fingerprintTensors(inOneMemory())).toBe(byDefinition(apart));
  });

  it('depends on every name, shape and bit', async () => {
    const small = tensors.slice(0, 2);
    const others: (readonly [string, BaseTensor])[][] = [
      [['v', small[0]![1]], small[1]!],
      [[small[0]![0], { ...small[0]![1], shape: [3, 2] } as BaseTensor], small[1]!],
      [[small[0]![0], { shape: [2, 3], data: Float32Array.of(1, 0, NaN, Infinity, 1e-42, 6) }], small[1]!],
      [small[0]!],
    ];
    const all = await Promise.all([small, ...others].map((list) => fingerprintTensors(list)));
    expect(new Set(all).size).toBe(5);
  });

  it('tells the payloads of half-precision NaNs apart', async () => {
    const prints = [0x7c01, 0x7c02, 0x7e00, 0x7e01, 0xfe00, 0xfc01].map((bits) =>
      fingerprintTensors([['w', { shape: [1], data: Uint16Array.of(bits), dtype: 'float16' }]]),
    );
    expect(new Set(await Promise.all(prints)).size).toBe(6);
    // 0x7f81 signals, 0x7fc1 is quiet: as numbers they may be one
    const bfloats = [0x7f81, 0x7fc1].map((bits) =>
      fingerprintTensors([['w', { shape: [1], data: Uint16Array.of(bits), dtype: 'bfloat16' }]]),
    );
    expect(new Set(await Promise.all(bfloats)).size).toBe(2);
  });

  it('refuses a name that comes twice, and data that does not fit', async () => {
    const one: BaseTensor = { shape: [1], data: Float32Array.of(1) };
    const twice = fingerprintTensors([
      ['bert.w', one],
      ['w', one],
    ]);
    await expect(twice).rejects.toThrow('comes twice');
    await expect(fingerprintTensors([['w', { ...one, shape: [2] }]])).rejects.toThrow(TensorError);
  });

  it('is the same without the platform’s SHA-256', async () => {
    const expected = await fingerprintTensors(tensors);
    const given = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!;
    Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true });
    try {
      expect(await fingerprintTensors(tensors)).toBe(expected);
    } finally {
      Object.defineProperty(globalThis, 'crypto', given);
    }
  });
});
