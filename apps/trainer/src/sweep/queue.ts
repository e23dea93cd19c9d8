import { createHash } from 'node:crypto';
import { InputError } from '@diffprune/command-line';
import type { SweepRun } from '@diffprune/sweeps';
import type * as Bullmq from 'bullmq';

/** The queue that all sweeps put their runs in, and all workers take them from. */
export const queueName = 'diffprune';

/** A run as it stands in the queue. */
export interface QueuedRun {
  readonly run: SweepRun;
  /** The runs that it needs to be done before it, each after its own teacher. */
  readonly teachers: readonly SweepRun[];
  /** Where the sweep has its run folders. */
  readonly folder: string;
}

/** Equal runs of equal sweeps are the same job, so that a sweep that is started again finds those that it put there. */
export function jobId(queued: QueuedRun): string {
  return createHash('sha256').update(JSON.stringify(queued)).digest('hex').slice(0, 32);
}

/**
 * What BullMQ needs to be connected, once the server has answered.
 *
 * @param option that names the address, for messages
 * @throws InputError where BullMQ or ioredis is not installed, or nothing answers at the address
 */
export async function openQueue(
  option: string,
  address: string,
): Promise<{ readonly bullmq: typeof Bullmq; readonly connection: { readonly url: string } }> {
  if (!/^rediss?:\/\/./.test(address)) {
    throw new InputError(`${option} is ${address}, expected an address such as redis://localhost:6379`);
  }
  const [bullmq, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
      throw new InputError(`${option} needs BullMQ: npm install bullmq ioredis`);
    },
  );
  let problem = '';
  const client = new Redis(address, { lazyConnect: true, retryStrategy: () => null, disconnectTimeout: 100 });
  client.on('error', ({ message }) => (problem = message));
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    const where = address.replace(/\/\/[^@/]*@/, '//…@'); // without a password
    throw new InputError(
      `${option}: no Redis or Valkey answers at ${where}: ${problem || (error as Error).message}`,
    );
  } finally {
    client.disconnect();
  }
  return { bullmq, connection: { url: address } };
}
