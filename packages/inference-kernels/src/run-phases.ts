import type { Step } from './steps.ts';
import type { KernelExports } from './wasm.ts';

/** Steps that do not read what another of them writes: threads may take them in any order. */
export type Phase = readonly Step[];

/** A forward pass: phases, one after the other. */
export interface Plan {
  readonly phases: readonly Phase[];
  /** Working memory of the first thread, and bytes from a thread's to the next's. */
  readonly scratch: number;
  readonly scratchBytes: number;
}

/**
 * What one of `threads` threads does of a plan: it takes pieces of each phase from a counter until there are none, then
 * waits for the others. Threads run its text, so it may name nothing from outside.
 *
 * @param words of shared memory by which threads meet, all 0: how many have arrived, the round, a counter for each phase
 */
export function runPhases(
  kernels: KernelExports,
  plan: Plan,
  thread: number,
  threads: number,
  words: Int32Array | undefined,
): void {
  const scratch = plan.scratch + thread * plan.scratchBytes;
  for (let phase = 0; phase < plan.phases.length; phase++) {
    let first = 0; // of the pieces of the step
    let piece = words === undefined ? 0 : Atomics.add(words, 2 + phase, 1);
    for (const { kernel, numbers, units, grain, scratch: needs } of plan.phases[phase]!) {
      const size = words === undefined ? units : Math.max(grain, Math.ceil(units / (4 * threads)));
      const pieces = Math.ceil(units / size);
      const call = kernels[kernel]!;
      const given = needs === undefined ? numbers : [...numbers, scratch];
      while (piece < first + pieces) {
        const from = (piece - first) * size;
        call(...given, from, Math.min(units, from + size));
        piece = words === undefined ? piece + 1 : Atomics.add(words, 2 + phase, 1);
      }
      first += pieces;
    }
    if (words === undefined) continue;
    const round = Atomics.load(words, 1);
    if (Atomics.add(words, 0, 1) === threads - 1) {
      Atomics.store(words, 0, 0);
      Atomics.add(words, 1, 1);
      Atomics.notify(words, 1);
    } else {
      // Others are soon done, or have no processor: look a little, then sleep.
      for (let look = 0; look < 20_000 && Atomics.load(words, 1) === round; look++);
      while (Atomics.load(words, 1) === round) Atomics.wait(words, 1, round);
    }
  }
}
