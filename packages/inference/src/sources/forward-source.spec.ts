import { memorySource } from '@diffprune/files';
import * as fc from 'fast-check';
import { forwardSource } from './forward-source.ts';

async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; at += sizes[i++ % sizes.length]!) {
    yield bytes.subarray(at, at + sizes[i % sizes.length]!);
  }
}

it('reads what a source in memory reads, however the bytes come, and fewer where they end early', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(
        fc.nat(9).map((size) => size + 1),
        { minLength: 1 },
      ),
      fc.array(fc.tuple(fc.nat(9), fc.nat(20))),
      fc.nat(10),
      async (bytes, sizes, steps, missing) => {
        const cut = bytes.subarray(0, bytes.length - missing);
        const memory = memorySource('x', cut);
        const source = forwardSource('x', bytes.length, inChunks(cut, sizes));
        let at = 0;
        for (const [gap, length] of steps) {
          at += gap;
          expect([...(await source.read(at, length))]).toEqual([...(await memory.read(at, length))]);
          at += length;
        }
        await source.close();
      },
    ),
  );
});

it('does not go back', async () => {
  const source = forwardSource('x', 5, inChunks(Uint8Array.of(1, 2, 3, 4, 5), [2]));
  await source.read(1, 2);
  await expect(source.read(2, 1)).rejects.toThrow('x is read from front to back: byte 2 is passed');
});
