import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { InputError } from '@diffprune/command-line';
import { showDownload } from '@diffprune/hub';
import { readBase, ResidentBase } from '@diffprune/inference/node';
import { pageFolder } from '../this-package.ts';
import { pageFiles } from './page-files.ts';
import { createService, type Limits } from './service.ts';
import { TaskFolder } from './task-folder.ts';

export interface ServeOptions {
  readonly base: string;
  readonly diffs: string;
  readonly host: string;
  readonly port: number;
  readonly threads: number;
  readonly readOnly?: boolean;
  readonly page: boolean;
  /** Seconds. */
  readonly timeout: number;
  /** Seconds. */
  readonly grace: number;
  readonly maxBody: number;
  readonly maxDiff: number;
  readonly maxText: number;
  readonly maxInputs: number;
  readonly maxQueue: number;
}

/** Milliseconds in which clients that have just sent a request on an open connection are still served. */
const linger = 200;

/** Serves the diffs of a folder over one base, until the process is told to stop. */
export async function serveCommand(options: ServeOptions): Promise<void> {
  const { base, files } = await openBase(options);
  const folder = await TaskFolder.open(base, options.diffs);
  const limits: Limits = {
    ...{ bodyBytes: options.maxBody, diffBytes: options.maxDiff, characters: options.maxText },
    ...{ inputs: options.maxInputs, queue: options.maxQueue, timeout: 1000 * options.timeout },
  };
  const report = (error: unknown): void =>
    void process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
  const { app, drain } = createService(base, options.readOnly ? undefined : folder, limits, report);
  if (options.page) {
    const served = {
      page: pageFolder,
      base: files,
      name: basename(options.base),
      diffs: options.diffs,
    };
    app.route('/', await pageFiles(base, served));
  }
  const server = createServer(
    // A request that does not come whole in time is answered with 408, too.
    { requestTimeout: limits.timeout, headersTimeout: limits.timeout, connectionsCheckingInterval: 1000 },
    getRequestListener(app.fetch),
  );
  await listen(server, options);
  const { address, port } = server.address() as AddressInfo;
  const host = address.includes(':') ? `[${address}]` : address;
  const names = base.tasks.map(({ name }) => name).join(', ') || 'none yet';
  process.stderr.write(`tasks: ${names}\nlistening on http://${host}:${port}\n`);
  await stopSignal();
  process.stderr.write('stopping: requests that have come are answered; once more to quit at once\n');
  drain();
  await stop(server, 1000 * options.grace);
  base.dispose();
}

/** The base in memory, and the folder of its files; what was read of them is not kept. */
async function openBase({ base, threads }: ServeOptions): Promise<{ base: ResidentBase; files: string }> {
  const stored = await showDownload(process.stderr, (view) => readBase(base, view));
  const resident = await ResidentBase.create(stored, { threads, background: true });
  return { base: resident, files: stored.folder };
}

/** @throws InputError if the port cannot be had */
function listen(server: Server, { host, port }: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ message }) =>
      reject(new InputError(`cannot listen on ${host}:${port}: ${message}`)),
    );
    server.listen(port, host, () => resolve());
  });
}

/** The first SIGINT or SIGTERM; the second one ends the process. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

/** Closes a server when all that was asked is answered, or after some milliseconds, whatever its connections do. */
async function stop(server: Server, grace: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), grace);
  await new Promise((resolve) => setTimeout(resolve, Math.min(linger, grace)));
  await new Promise((resolve) => server.close(resolve)); // closes idle connections, too
  clearTimeout(cut);
}
