import { createEngine, type Engine } from '@diffprune/engine';
import { setThreads } from '@diffprune/kernels';

/** The engine of a run. It and the kernels have as many threads as the settings say, or as each finds good. */
export async function makeEngine(settings: {
  readonly engine: string;
  readonly threads?: number | undefined;
}): Promise<Engine> {
  const { engine, threads } = settings;
  if (threads !== undefined) setThreads(threads);
  return createEngine(engine, { threads });
}
