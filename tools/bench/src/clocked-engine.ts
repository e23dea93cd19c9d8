import type { Engine, Program } from '@diffprune/engine';

/** What an engine's programs have done. Times in milliseconds. */
export interface ProgramClock {
  /** When the last run began and ended, as `performance.now()` gives it. */
  began: number;
  ended: number;
  /** Time that tracing and loading all programs took. */
  compiling: number;
}

/** An engine whose compilations and runs are timed. */
export function clockedEngine(engine: Engine): { engine: Engine; clock: ProgramClock } {
  const clock: ProgramClock = { began: 0, ended: 0, compiling: 0 };
  const compile: Engine['compile'] = async (fn, inputs) => {
    const start = performance.now();
    const program = await engine.compile(fn, inputs);
    clock.compiling += performance.now() - start;
    const run: Program['run'] = async (...given) => {
      clock.began = performance.now();
      const outputs = await program.run(...given);
      clock.ended = performance.now();
      return outputs;
    };
    return { inputs: program.inputs, outputs: program.outputs, run, dispose: () => program.dispose() };
  };
  return { engine: { ...engine, compile }, clock };
}
