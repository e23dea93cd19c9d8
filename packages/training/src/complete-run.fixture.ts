import type { DiffTensor } from '@diffprune/sparse-diff';
import type { TrainingEvent } from './lab.ts';
import type { Snapshot } from './snapshot.ts';
import type { MethodName } from './methods/registry.ts';
import { train, type TrainingRun } from './train.ts';

/** Runs to the end. */
export async function complete<Answer>(run: TrainingRun<MethodName, Answer>, from?: Snapshot) {
  const events: TrainingEvent<Answer>[] = [];
  const snapshots: Snapshot[] = [];
  const training = train(run, from);
  for (;;) {
    const next = await training.next();
    if (next.done) return { events, snapshots, diff: next.value };
    const event = next.value;
    events.push(event);
    if (event.kind === 'step') snapshots.push(copy(event.snapshot));
  }
}

/** A snapshot with arrays of its own: those of a run are in use. */
export function copy({ stage, step, arrays }: Snapshot): Snapshot {
  return { stage, step, arrays: new Map([...arrays].map(([name, array]) => [name, array.slice()])) };
}

/** A diff as comparable bytes. */
export function bytes(diff: readonly DiffTensor[]): unknown[] {
  const of = ({ buffer, byteOffset, byteLength }: Uint32Array | Float32Array): string =>
    Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  return diff.map(({ name, shape, operation, positions, values }) => {
    return { name, shape, operation, positions: of(positions), values: of(values) };
  });
}
