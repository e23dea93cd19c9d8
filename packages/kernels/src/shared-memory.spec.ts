import { adamw, setThreads, Slab } from './index.ts';

/** What the kernels use of koffi, as a test may change it. */
const koffi = process.getBuiltinModule('node:module').createRequire(import.meta.url)('koffi') as {
  view(address: bigint, bytes: number): ArrayBuffer;
};
const { view } = koffi;
const { emitWarning } = process;
const length = 70_000;

/** A step of AdamW on so many threads. @returns the parameter, and whether threads shared the work */
async function step(threads: number): Promise<{ parameter: Float32Array; shared: boolean }> {
  setThreads(threads);
  const slab = await Slab.create(4 * Slab.bytesFor(length));
  const [parameter, gradient, m, v] = Array.from({ length: 4 }, () => slab.allocate(length));
  gradient!.forEach((_, i) => (gradient![i] = Math.sin(i)));
  adamw(
    { parameter: parameter!, gradient: gradient!, m: m!, v: v! },
    { step: 1, learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, scale: 1 },
  );
  return { parameter: parameter!.slice(), shared: slab.threads !== undefined };
}

afterEach(() => {
  koffi.view = view;
  process.emitWarning = emitWarning;
  setThreads(1);
});

it('threads share the memory that arrays are views of', async () => {
  const { parameter, shared } = await step(2);
  expect(shared).toBe(true);
  expect(parameter).toEqual((await step(1)).parameter);
});

it.each([
  ['a copy', (address: bigint, bytes: number) => view(address, bytes).slice(0), 'byte 0'],
  ['half of it', (address: bigint, bytes: number) => view(address, bytes / 2), 'byte 65535'],
  [
    'nothing',
    () => {
      throw new Error('no views here');
    },
    'no views here',
  ],
])('kernels run on one thread, and say so, where the view of a memory is %s', async (_, broken, reason) => {
  const { parameter } = await step(1);
  const warnings: string[] = [];
  process.emitWarning = (text: string | Error) => void warnings.push(String(text));
  koffi.view = broken;
  const alone = await step(3);
  expect(alone).toEqual({ parameter, shared: false });
  expect(warnings).toEqual([expect.stringMatching(/^kernels run on one thread instead of 3, .*: /)]);
  expect(warnings[0]).toContain(reason);
});
