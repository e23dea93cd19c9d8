/** Damages files in every way it knows, and checks that reading and applying them stays within its promises. */
import { countArrays } from '@diffprune/testing/count-arrays';
import { random } from '@diffprune/testing/random';
import { revertDiff } from './apply.ts';
import { makeBase, makeCorpus, mutate } from './damage.ts';
import { decodeDiff, inspectDiff } from './decode.ts';
import { encodeDiff } from './encode.ts';
import { SparseDiffError } from './errors.ts';
import { applyStream } from './stream.ts';
import { fingerprint } from './testing.ts';
import type { Base } from './types.ts';
import { bitsOf } from './values.ts';

const maxSeconds = 2;
/** Objects, strings and messages around the arrays: none of them is near this. */
const slackBytes = 2 ** 16;

export interface FuzzResult {
  readonly accepted: number;
  /** Refusals by error class. */
  readonly refused: Readonly<Record<string, number>>;
  readonly slowest: { readonly seconds: number; readonly bytes: number };
}

/**
 * @throws Error, with the seed and the number of the run, where a file ends in anything but a result or a
 * SparseDiffError, takes more than 2 s, takes more memory than README.md says, or leaves the base changed
 */
export async function fuzz(seed: number, runs: number): Promise<FuzzResult> {
  const next = random(seed);
  const base = makeBase(next);
  const before = snapshotOf(base);
  const corpus = makeCorpus(base, next);
  const refused: Record<string, number> = {};
  let accepted = 0;
  let slowest = { seconds: 0, bytes: 0 };
  for (let run = 0; run < runs; run++) {
    const bytes = mutate(corpus, next);
    const { refusal, seconds } = await timedCheck(bytes, base, before).catch((cause: unknown) => {
      throw new Error(`seed ${seed}, run ${run}, file ${[...bytes].join(',')}`, { cause });
    });
    if (refusal === undefined) accepted++;
    else refused[refusal] = (refused[refusal] ?? 0) + 1;
    if (seconds > maxSeconds)
      throw new Error(`seed ${seed}, run ${run}: ${seconds} s for ${bytes.length} bytes`);
    if (seconds > slowest.seconds) slowest = { seconds, bytes: bytes.length };
  }
  return { accepted, refused, slowest };
}

/** Times the check. What takes long is timed again: the machine may have been busy with something else. */
async function timedCheck(
  bytes: Uint8Array,
  base: Base,
  before: Uint32Array[],
): Promise<{ refusal: string | undefined; seconds: number }> {
  let refusal: string | undefined;
  let seconds = Infinity;
  for (let attempt = 0; attempt < 4 && seconds > 0.05; attempt++) {
    const started = performance.now();
    refusal = await check(bytes, base, before);
    seconds = Math.min(seconds, (performance.now() - started) / 1000);
  }
  return { refusal, seconds };
}

/** Reads a file in every way. Returns the refusal's class, undefined where it was accepted. */
async function check(bytes: Uint8Array, base: Base, before: Uint32Array[]): Promise<string | undefined> {
  const limit = 4 * bytes.length + slackBytes;
  const refusals = [
    await refusalOf(() => inspectDiff(bytes), limit),
    await refusalOf(() => {
      const decoded = decodeDiff(bytes);
      // What was read can be written, and is then read as the same.
      const again = decodeDiff(encodeDiff(decoded).bytes);
      if (again.tensors.length !== decoded.tensors.length) throw new Error('changed by writing');
    }, Infinity),
    await refusalOf(() => decodeDiff(bytes), 64 * bytes.length + limit),
    await refusalOf(() => decodeDiff(bytes, base, fingerprint), limit + 2 * baseBytes(base)),
    await refusalOf(
      async () => {
        const { undo } = await applyStream(base, chunks(bytes), fingerprint);
        revertDiff(base, undo);
      },
      limit + 3 * baseBytes(base),
    ),
  ];
  let tensor = 0;
  for (const { data } of base.values()) {
    const bits = bitsOf(data as Float32Array);
    const expected = before[tensor++];
    for (let i = 0; i < bits.length; i++)
      if (bits[i] !== expected?.[i]) throw new Error('the base was changed');
  }
  // The base may refuse what is well formed, but not the other way round.
  if (refusals[0] !== undefined && refusals[2] === undefined) throw new Error('inspected worse than decoded');
  if (refusals[2] !== undefined && refusals[3] === undefined) throw new Error('decoded for a base only');
  if (refusals[3] !== undefined && refusals[4] === undefined) throw new Error('applied but not decoded');
  return refusals[4];
}

/** Runs `read` and counts the bytes of the typed arrays it makes, freed ones too. */
async function refusalOf(read: () => unknown, limit: number): Promise<string | undefined> {
  const { made, restore } = countArrays();
  let refusal: string | undefined;
  try {
    await read();
  } catch (error) {
    if (!(error instanceof SparseDiffError)) throw error;
    refusal = error.name;
  } finally {
    restore();
  }
  if (made.bytes > limit) throw new Error(`made arrays of ${made.bytes} bytes, at most ${limit} are allowed`);
  return refusal;
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const size = 1 + (bytes.length % 97) * 8;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const baseBytes = (base: Base): number =>
  [...base.values()].reduce((sum, { data }) => sum + data.byteLength, 0);

function snapshotOf(base: Base): Uint32Array[] {
  return [...base.values()].map(({ data }) => bitsOf(data as Float32Array).slice());
}
