/**
 * A process of its own that times what is done with a diff. The first line of its standard input is a `DiffWork`, for
 * each other it takes a round (`DiffTimes`).
 *
 * It is bundled and run by Node alone, as an app would be: a loader of TypeScript transfers an ArrayBuffer, and from
 * then on V8's optimised code checks at each access of a typed array that its buffer is still there.
 */
import {
  applyDiff,
  createManifest,
  decodeDiff,
  encodeDiff,
  revertDiff,
  type Base,
} from '@diffprune/sparse-diff';
import { answerTurns, questions } from './answer-turns.ts';
import { density, elementCount, randomDiff, type TensorShape } from './random-diff.ts';

export interface DiffWork {
  /** The base's tensors. */
  readonly shapes: readonly TensorShape[];
  /** Whether the process transfers an ArrayBuffer first, as one does that hands buffers to workers. */
  readonly transfer: boolean;
}

/** What is known before the first round. */
export interface DiffReady {
  readonly entries: number;
  /** Milliseconds of the first decode and apply, before the code is optimised. */
  readonly first: number;
}

/** Milliseconds. */
export interface DiffTimes {
  readonly encode: number;
  readonly decode: number;
  readonly apply: number;
  readonly revert: number;
  /** From the bytes of a file to the changed base. */
  readonly decodeAndApply: number;
}

const { shapes, transfer } = JSON.parse((await questions.next()).value as string) as DiffWork;
if (transfer) {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
}

const fingerprint = '0'.repeat(64);
const base: Base = new Map(
  // filled: memory that was never written to is not there yet
  shapes.map(({ name, shape }) => [
    name,
    { shape, data: new Float32Array(elementCount({ shape })).fill(0.5) },
  ]),
);
const tensors = randomDiff(shapes);
const entries = tensors.reduce((sum, { positions }) => sum + positions.length, 0);
const parameters = shapes.reduce((sum, shape) => sum + elementCount(shape), 0);
const diff = { manifest: createManifest({ base: { fingerprint, parameters }, density }), tensors };

function timed<Result>(work: () => Result): [number, Result] {
  const start = performance.now();
  const result = work();
  return [performance.now() - start, result];
}

function decodeAndApply(bytes: Uint8Array): number {
  const [time, undo] = timed(() => applyDiff(base, decodeDiff(bytes), fingerprint));
  revertDiff(base, undo);
  return time;
}

function round(): DiffTimes {
  const [encode, { bytes }] = timed(() => encodeDiff(diff));
  const [decode, decoded] = timed(() => decodeDiff(bytes));
  const [apply, undo] = timed(() => applyDiff(base, decoded, fingerprint));
  const [revert] = timed(() => revertDiff(base, undo));
  return { encode, decode, apply, revert, decodeAndApply: decodeAndApply(bytes) };
}

const ready: DiffReady = { entries, first: decodeAndApply(encodeDiff(diff).bytes) };
for (let i = 0; i < 3; i++) round(); // until the code is optimised
await answerTurns(ready, round);
