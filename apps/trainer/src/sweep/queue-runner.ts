import type { RunResult, SweepRun } from '@diffprune/sweeps';
import { programNames } from '@diffprune/command-line';
import type { Outcome, Watch } from './execute-run.ts';
import { jobId, openQueue, queueName, type QueuedRun } from './queue.ts';
import type { Runner } from './runner.ts';
import type { SweepProgress } from './sweep-progress.ts';

/** Seconds for which the server keeps what came of a run. */
const kept = { age: 24 * 3600 };

/**
 * Puts runs into a queue, from which workers take them, and waits for what comes of them.
 *
 * @param address of a Redis or Valkey server
 * @param folder where run folders are
 * @throws what {@link openQueue} throws
 */
export async function queueRunner(
  address: string,
  folder: string,
  runs: readonly SweepRun[],
  progress: SweepProgress,
): Promise<Runner> {
  const { bullmq, connection } = await openQueue('--queue', address);
  const queue = new bullmq.Queue<QueuedRun, RunResult>(queueName, { connection });
  const events = new bullmq.QueueEvents(queueName, { connection });
  const tell = (error: Error): void => progress.line(`queue: ${error.message}`);
  queue.on('error', tell);
  events.on('error', tell);
  await events.waitUntilReady();
  if ((await queue.getWorkersCount()) === 0) {
    const worker = `${programNames(process.env).train} worker ${address} --runs ${folder}`;
    progress.line(`nobody takes runs from the queue yet; start, here or elsewhere:\n  ${worker}`);
  }

  const watches = new Map<string, Watch>();
  events.on('active', ({ jobId }) => watches.get(jobId)?.begin());
  events.on('progress', ({ jobId, data }) => watches.get(jobId)?.line(String(data)));
  events.on('stalled', ({ jobId }) =>
    watches.get(jobId)?.line('its worker fell silent; another one takes it'),
  );

  const byName = new Map(runs.map((run) => [run.name, run]));
  const teachersOf = ({ teacher }: SweepRun): SweepRun[] => {
    const run = teacher === undefined ? undefined : byName.get(teacher);
    return run === undefined ? [] : [...teachersOf(run), run];
  };
  return {
    async run(run, watch): Promise<Outcome> {
      const queued = { run, teachers: teachersOf(run), folder };
      const id = jobId(queued);
      watches.set(id, watch);
      const before = await queue.getJob(id);
      if (await before?.isActive()) watch.begin();
      // what came of it in an earlier sweep is of no use: it failed, or its folder is gone
      if (before && ((await before.isFailed()) || (await before.isCompleted()))) await before.remove();
      const job = await queue.add(run.name, queued, {
        jobId: id,
        removeOnComplete: kept,
        removeOnFail: kept,
      });
      const stopped = new Promise<Outcome>((resolve) => {
        const give = (): void => resolve({ kind: 'stopped' });
        const stop = (): void => void job.remove().then(give, give); // what runs already goes on there
        if (watch.stop.aborted) stop();
        watch.stop.addEventListener('abort', stop, { once: true });
      });
      const ended = job.waitUntilFinished(events).then(
        (result): Outcome => ({ kind: 'finished', result }),
        (error: Error): Outcome => ({ kind: 'failed', message: error.message }),
      );
      return Promise.race([stopped, ended]);
    },
    async close() {
      await events.close();
      await queue.close();
    },
  };
}
