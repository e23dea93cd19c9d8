import fc from 'fast-check';
import { applyDiff, revertDiff } from './apply.ts';
import { encodeDiff } from './encode.ts';
import { ArgumentError, ChecksumError, FormatError, WrongBaseError } from './errors.ts';
import { DiffStack } from './stack.ts';
import { decodeDiff } from './decode.ts';
import { applyStream, decodeStream } from './stream.ts';
import { bases, copyOf, diffOf, fingerprint, numbersOf, snapshot } from './testing.ts';

async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const cases = fc.tuple(
  bases.chain((base) => fc.tuple(fc.constant(base), diffOf(base))),
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
);

describe('applyStream', () => {
  it('does what applyDiff does, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([[base, diff], sizes]) => {
        const expected = copyOf(base);
        applyDiff(expected, diff, fingerprint);
        const before = snapshot(base);
        const { bytes } = encodeDiff(diff);
        const { manifest, undo } = await applyStream(base, inChunks(bytes, sizes), fingerprint);
        expect(manifest).toEqual(diff.manifest);
        expect(numbersOf(base)).toEqual(numbersOf(expected));
        revertDiff(base, undo);
        expect(snapshot(base)).toEqual(before);
      }),
    );
  });

  it('leaves the base as it was where the stream ends early, is damaged, or fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        cases,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async ([[base, diff], sizes], at) => {
          const before = snapshot(base);
          const { bytes } = encodeDiff(diff);
          const cut = bytes.subarray(0, Math.floor(at * bytes.length));
          await expect(applyStream(base, inChunks(cut, sizes), fingerprint)).rejects.toThrow(FormatError);
          expect(snapshot(base)).toEqual(before);
          const damaged = bytes.slice();
          damaged[bytes.length - 1]! ^= 1;
          await expect(applyStream(base, inChunks(damaged, sizes), fingerprint)).rejects.toThrow(
            ChecksumError,
          );
          expect(snapshot(base)).toEqual(before);
          const failing = async function* () {
            yield* inChunks(cut, sizes);
            throw new Error('connection lost');
          };
          await expect(applyStream(base, failing(), fingerprint)).rejects.toThrow('connection lost');
          expect(snapshot(base)).toEqual(before);
        },
      ),
    );
  });

  it('reads a ReadableStream, and refuses a diff for another base before its tensors have come', async () => {
    const [base] = fc.sample(bases, { numRuns: 1, seed: 3 });
    const [diff] = fc.sample(diffOf(base!), { numRuns: 1, seed: 3 });
    const { bytes } = encodeDiff(diff!);
    const { manifest } = await applyStream(base!, new Blob([bytes as BlobPart]).stream(), fingerprint);
    expect(manifest.base.fingerprint).toBe(fingerprint);
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes.subarray(0, bytes.length - 5)),
      cancel: () => {
        cancelled = true;
      },
    });
    await expect(applyStream(base!, stream, 'f'.repeat(64))).rejects.toThrow(WrongBaseError);
    expect(cancelled).toBe(true);
  });

  it('lets nothing else change the base meanwhile', async () => {
    const base = fc.sample(bases, { numRuns: 1, seed: 3 })[0]!;
    const [first, second] = fc.sample(diffOf(base), { numRuns: 2, seed: 4 });
    const before = snapshot(base);
    const stack = new DiffStack(base, fingerprint);
    stack.apply(first!);
    const between = snapshot(base);
    let fail: (error: Error) => void = () => {};
    const gate = new Promise<never>((_, reject) => (fail = reject));
    const halfway = async function* () {
      yield encodeDiff(second!).bytes.subarray(0, -5);
      await gate;
    };
    const streamed = applyStream(base, halfway(), fingerprint);
    await new Promise((resolve) => setTimeout(resolve));
    for (const meanwhile of [
      () => applyDiff(base, second!, fingerprint),
      () => revertDiff(base, []),
      () => stack.apply(second!),
      () => stack.remove(first!),
    ]) {
      expect(meanwhile).toThrow(ArgumentError);
    }
    await expect(applyStream(base, halfway(), fingerprint)).rejects.toThrow('applyStream is at work');
    fail(new Error('connection lost'));
    await expect(streamed).rejects.toThrow('connection lost');
    expect(snapshot(base)).toEqual(between);
    stack.remove(first!);
    expect(snapshot(base)).toEqual(before);
  });
});

describe('decodeStream', () => {
  it('reads what decodeDiff reads, however the bytes are cut, and nothing of a stream that ends early', async () => {
    await fc.assert(
      fc.asyncProperty(
        cases,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async ([[, diff], sizes], at) => {
          const { bytes } = encodeDiff(diff);
          expect(await decodeStream(inChunks(bytes, sizes))).toEqual(decodeDiff(bytes));
          const cut = bytes.subarray(0, Math.floor(at * bytes.length));
          await expect(decodeStream(inChunks(cut, sizes))).rejects.toThrow(FormatError);
        },
      ),
    );
  });

  it('asks for nothing more where the manifest is not wanted', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([[, diff]]) => {
        const { bytes } = encodeDiff(diff);
        let taken = 0;
        const one = async function* () {
          for (const byte of bytes) {
            taken++;
            yield Uint8Array.of(byte);
          }
        };
        const refused = decodeStream(one(), ({ kind }) => {
          throw new Error(`no ${kind}`);
        });
        await expect(refused).rejects.toThrow('no manifest');
        if (diff.tensors.length > 0) expect(taken).toBeLessThan(bytes.length - 5);
      }),
    );
  });
});
