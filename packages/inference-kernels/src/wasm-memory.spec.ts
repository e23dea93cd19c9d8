import { InferenceKernelError } from './errors.ts';
import { WasmMemory } from './wasm-memory.ts';

it.each([0, -1, 1.5, NaN])('%p threads are refused', async (threads) => {
  await expect(WasmMemory.create({ threads })).rejects.toThrow(InferenceKernelError);
});

it('a memory that cannot grow says so, and is what it was', async () => {
  const memory = await WasmMemory.create();
  const at = memory.take(64);
  memory.words(at, 1)[0] = 7;
  expect(() => memory.take(2 ** 33)).toThrow('the memory cannot grow');
  expect(memory.words(at, 1)[0]).toBe(7);
  expect(memory.words(memory.take(64), 16).byteLength).toBe(64);
});

it.each([
  ['shared', 'large', 1],
  ["one thread's", 'small', 8],
])('a plan is %s whose phases are %s', async (_, size, grain) => {
  const memory = await WasmMemory.create({ threads: 2 });
  const [from, to] = [memory.take(512), memory.take(512)];
  memory.floats(from, 128).fill(3);
  const step = { kernel: 'copyRows', numbers: [from, 64, to, 64, 64], units: 8, grain };
  await memory.run({ phases: [[step]], scratch: 0, scratchBytes: 0 }, [], []);
  expect(Array.from(memory.floats(to, 128))).toEqual(new Array(128).fill(3));
  const piecesTaken = memory.words(64, 3)[2]!; // by threads that share, who all look once too often
  expect(piecesTaken > 0).toBe(size === 'large');
  memory.dispose();
});

it('a thread that fails is an error, of this run and of all that follow', async () => {
  const memory = await WasmMemory.create({ threads: 2 });
  const step = { kernel: 'copyRows', numbers: [2 ** 32 - 8, 4, 2 ** 32 - 4, 4, 4], units: 8, grain: 1 };
  const plan = { phases: [[step]], scratch: 0, scratchBytes: 0 };
  await expect(memory.run(plan, [], [])).rejects.toThrow('a thread failed: RuntimeError');
  await expect(memory.run(plan, [], [])).rejects.toThrow('a thread failed');
  memory.dispose();
});
