import { fromHalf, halfFormat, type HalfFormat } from './half.ts';
import { addressOf, embedStep, strideOf } from './steps.ts';
import { WasmMemory } from './wasm-memory.ts';

/** All numbers of a format that are finite. */
function all(format: HalfFormat): Float32Array {
  const most = { f16: 0x7c00, bf16: 0x7f80 }[format];
  return Float32Array.from({ length: 2 * most }, (_, i) =>
    fromHalf(i < most ? i : i - most + 0x8000, format),
  );
}

it('known numbers', () => {
  const numbers = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x3555].map((bits) => fromHalf(bits, 'f16'));
  expect(numbers).toEqual([1, -2, 65504, 2 ** -24, 2 ** -14, 0.333251953125]);
  expect([0x3f80, 0xc000, 0x4049].map((bits) => fromHalf(bits, 'bf16'))).toEqual([1, -2, 3.140625]);
});

it.each(['f16', 'bf16'] as const)(
  'every number of %s is kept, read back and widened as it is',
  async (format) => {
    const numbers = all(format);
    expect(halfFormat(numbers)).toBe(format);
    const memory = await WasmMemory.create();
    const [size, rows] = [64, numbers.length / 64];
    const words = memory.addWeights([rows, size], 'table', format);
    memory.write(words, numbers);
    expect(Array.from(await memory.read(words))).toEqual(Array.from(numbers));
    const positions = memory.addWeights([1, size], 'table');
    const ids = memory.take(4 * rows);
    const out = { at: memory.take(rows * strideOf(size)), stride: strideOf(size) };
    const tables = { words: addressOf(words), positions: positions.at, types: 0 };
    const step = embedStep({ ids, typeIds: 0, ...tables }, out, { rows, size, length: 1 });
    const values = new Float32Array(numbers.length);
    await memory.run(
      { phases: [[step]], scratch: 0, scratchBytes: 0 },
      [{ at: ids, words: Int32Array.from({ length: rows }, (_, i) => i) }],
      [{ at: out.at, rows, size, values }],
    );
    expect(Array.from(values, (x) => x + 0)).toEqual(Array.from(numbers, (x) => x + 0)); // -0 + 0 is 0
  },
);

it('says which halves hold numbers exactly, if any', () => {
  const formats = (...numbers: number[]) => halfFormat(Float32Array.from(numbers));
  expect(formats(1, -0.5, 2 ** 100)).toBe('bf16');
  expect(formats(1 + 2 ** -10, -0, 2 ** -24, 65504)).toBe('f16');
  expect(formats(1 + 2 ** -11)).toBeUndefined();
  expect(formats(1 + 2 ** -10, 65520)).toBeUndefined();
  expect(formats(1 + 2 ** -10, 2 ** -25)).toBeUndefined();
  expect(formats(1 + 2 ** -10, 2 ** 100)).toBeUndefined();
  expect([formats(NaN), formats(Infinity)]).toEqual([undefined, undefined]);
});
