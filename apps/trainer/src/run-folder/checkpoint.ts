import { InputError } from '@diffprune/command-line';
import { loadSnapshot, SnapshotError, type Snapshot } from '@diffprune/training';

/**
 * Opens a run's checkpoint; see `loadSnapshot`.
 *
 * @throws InputError saying what to do with a checkpoint that is damaged
 */
export async function openCheckpoint(path: string): Promise<Snapshot | undefined> {
  return loadSnapshot(path).catch((error: unknown) => {
    throw adviseOnDamage(error, path);
  });
}

/** An error that comes of a damaged checkpoint, with what to do; any other as it is. */
export function adviseOnDamage(error: unknown, path: string): unknown {
  if (!(error instanceof SnapshotError)) return error;
  const named = error.message.includes(path) ? error.message : `${path}: ${error.message}`;
  return new InputError(`${named}; the checkpoint is damaged: delete it, and --resume begins the run again`);
}
