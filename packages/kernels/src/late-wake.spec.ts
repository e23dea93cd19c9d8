import { adamw, setThreads, Slab } from './index.ts';

const length = 3 * 32 * 4096;
const step = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, scale: 1 };

/** Three steps of AdamW. @returns the parameter's bits */
async function steps(threads: number): Promise<Uint32Array> {
  setThreads(threads);
  const slab = await Slab.create(4 * Slab.bytesFor(length));
  const allocate = () => slab.allocate(length);
  const arrays = { parameter: allocate(), gradient: allocate(), m: allocate(), v: allocate() };
  for (let i = 0; i < length; i++) {
    arrays.parameter[i] = Math.sin(i);
    arrays.gradient[i] = Math.cos(i);
  }
  for (let t = 1; t <= 3; t++) adamw(arrays, { ...step, step: t });
  return new Uint32Array(Float32Array.from(arrays.parameter).buffer);
}

afterEach(() => setThreads(1));

it('does no job twice when a thread is woken late', async () => {
  const alone = await steps(1);
  const { notify } = Atomics;
  const clock = new Int32Array(new SharedArrayBuffer(4));
  // a caller that loses its processor between the signal and the notification: the thread has done the job and
  // sleeps again by the time it is woken
  Atomics.notify = (array: Int32Array | BigInt64Array, index: number, count?: number): number => {
    Atomics.wait(clock, 0, 0, 30);
    return notify(array as Int32Array, index, count);
  };
  try {
    expect(await steps(2)).toEqual(alone);
  } finally {
    Atomics.notify = notify;
  }
});
