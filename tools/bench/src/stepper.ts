/**
 * A process of its own that takes training steps in turns with others (see `answerTurns`), and tells their times.
 *
 * Arguments: size, method, threads, lengths of the rows (comma-separated), steps of a round.
 */
import { createEngine } from '@diffprune/engine';
import { setThreads } from '@diffprune/kernels';
import { handOver, methods, train, type MethodName } from '@diffprune/training';
import { answerTurns } from './answer-turns.ts';
import { clockedEngine } from './clocked-engine.ts';
import { sizes, type SizeName } from './shapes.ts';
import { randomBase, rows, task } from './synthetic-data.ts';

/** Where the time of one step went, in milliseconds. */
export interface StepTimes {
  readonly total: number;
  /** Writing θ', dropout masks, assembling the batch: all before the program. */
  readonly gate: number;
  /** Forward, loss and gradients. */
  readonly program: number;
  /** Norms, clipping, optimiser: all after the program. */
  readonly update: number;
}

const [size, method, threads, lengths, steps] = process.argv.slice(2) as [
  ...[size: SizeName, method: MethodName],
  ...[threads: string, lengths: string, steps: string],
];
if (!(size in sizes && method in methods)) throw new RangeError(`no size ${size} or no method ${method}`);
const { config, batch } = sizes[size];
setThreads(Number(threads));
const { engine, clock } = clockedEngine(await createEngine('cpu', { threads: Number(threads) }));
// a method that prunes does so from the first step on, else no selection would be measured
const prunes = 'pruningWarmup' in methods[method].options;
const options = { batchSize: batch, epochs: 1000, ...(prunes && { pruningWarmup: 0 }) };
const run = train({
  engine,
  config,
  task,
  method,
  base: handOver(randomBase(config)),
  dev: {},
  options,
  train: rows(batch * 100, lengths.split(',').map(Number), config.vocabSize),
});

async function step(): Promise<StepTimes> {
  const start = performance.now();
  const { done, value } = await run.next();
  const end = performance.now();
  if (done || value.kind !== 'step') throw new Error('the run ended before its input');
  return {
    total: end - start,
    gate: clock.began - start,
    program: clock.ended - clock.began,
    update: end - clock.ended,
  };
}

/** The mean of a round's steps; of several the first is not counted, which finds threads asleep and caches cold. */
async function round(): Promise<StepTimes> {
  const taken: StepTimes[] = [];
  for (let i = 0; i < Number(steps); i++) taken.push(await step());
  const counted = taken.slice(taken.length > 1 ? 1 : 0);
  const mean = (part: keyof StepTimes): number =>
    counted.reduce((sum, times) => sum + times[part], 0) / counted.length;
  return { total: mean('total'), gate: mean('gate'), program: mean('program'), update: mean('update') };
}

for (let i = 0; i < 2; i++) await step(); // the first one allocates and compiles
await answerTurns({ compiling: clock.compiling }, round);
await run.return([]);
