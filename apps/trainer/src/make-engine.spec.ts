import { setThreads, Slab } from '@diffprune/kernels';
import { makeEngine } from './make-engine.ts';

it.each([1, 3])('%i threads are those of the kernels, too', async (threads) => {
  setThreads(2);
  await makeEngine({ engine: 'cpu', threads });
  const slab = await Slab.create(16);
  expect(1 + (slab.threads?.all.length ?? 0)).toBe(threads); // the caller's, and workers
});
