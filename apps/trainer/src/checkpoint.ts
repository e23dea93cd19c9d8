import { InputError } from '@diffprune/command-line';
import { loadSnapshot, type Snapshot } from '@diffprune/training';

/** Errors by which a checkpoint shows that it is damaged, or not this run's. */
const damages = new Set(['SafetensorsError', 'SnapshotError', 'FileError']);

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
  if (!(error instanceof Error) || !damages.has(error.name)) return error;
  const named = error.message.includes(path) ? error.message : `${path}: ${error.message}`;
  return new InputError(`${named}; the checkpoint is damaged: delete it, and --resume begins the run again`);
}
