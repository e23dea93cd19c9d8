import * as fc from 'fast-check';
import { Allocator } from './allocator.ts';

it('gives out pieces that do not overlap, takes them back, and has nothing left of them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5000), fc.nat(20))), (calls) => {
      let end = 4096;
      const allocator = new Allocator(4096, (to) => (end = Math.max(end, to)));
      const held: { at: number; bytes: number }[] = [];
      for (const [bytes, drop] of calls) {
        if (drop < held.length) {
          const [piece] = held.splice(drop, 1);
          allocator.give(piece!.at, piece!.bytes);
        } else {
          const at = allocator.take(bytes);
          expect(at % 64).toBe(0);
          expect(at).toBeGreaterThanOrEqual(4096);
          expect(at + bytes).toBeLessThanOrEqual(end);
          for (const other of held) {
            expect(
              at + bytes <= other.at || other.at + other.bytes <= at || bytes === 0 || other.bytes === 0,
            ).toBe(true);
          }
          held.push({ at, bytes });
        }
      }
      const most = end;
      for (const { at, bytes } of held) allocator.give(at, bytes);
      expect(allocator.taken).toBe(4096);
      if (most > 4096) allocator.take(most - 4096); // all of it is one piece again
      expect(end).toBe(most);
    }),
  );
});
