import type { SweepRun } from '@diffprune/sweeps';
import { executeRun, type Outcome, type Watch } from './execute-run.ts';

/** What has runs done: this machine, or whoever takes them from a queue. */
export interface Runner {
  /** Has a run done when its turn has come. */
  run(run: SweepRun, watch: Watch): Promise<Outcome>;
  close(): Promise<void>;
}

/**
 * Does runs on this machine, in the order in which they are asked for.
 *
 * @param folder where run folders are
 * @param parallel how many at a time
 */
export function localRunner(folder: string, parallel: number): Runner {
  let free = parallel;
  const waiting: (() => void)[] = [];
  return {
    async run(run, watch) {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await executeRun(run, folder, watch);
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free++;
      }
    },
    close: async () => {},
  };
}
