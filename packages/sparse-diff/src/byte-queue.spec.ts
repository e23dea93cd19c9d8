import fc from 'fast-check';
import { ByteQueue } from './byte-queue.ts';

describe('ByteQueue', () => {
  it('gives bytes in the order in which they came, and leaves those it gave alone', () => {
    const steps = fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.nat(60)));
    fc.assert(
      fc.property(steps, (list) => {
        const queue = new ByteQueue();
        let expected: number[] = [];
        const taken: { bytes: Uint8Array; expected: number[] }[] = [];
        for (const step of list) {
          if (typeof step !== 'number') {
            queue.push(step);
            expected.push(...step);
          } else {
            expect([...queue.peek(step)]).toEqual(expected.slice(0, step));
            const length = Math.min(step, queue.length);
            taken.push({ bytes: queue.take(length), expected: expected.slice(0, length) });
            expected = expected.slice(length);
          }
          expect(queue.length).toBe(expected.length);
        }
        for (const { bytes, expected } of taken) expect([...bytes]).toEqual(expected);
      }),
    );
  });
});
