/** The worker that holds the base: calls come as messages, and are answered as they are done. */
import type { CallName, Calls, FromWorker, ToWorker } from './protocol.ts';
import { Resident } from './resident.ts';

const post = (message: FromWorker): void => self.postMessage(message, { transfer: [] });
const resident = new Resident(
  (progress) => post({ progress }),
  (lost) => post({ lost }),
);
const running = new Map<number, AbortController>();

type Handler<Name extends CallName> = (
  signal: AbortSignal,
  ...args: Parameters<Calls[Name]>
) => Promise<ReturnType<Calls[Name]>>;

const handlers: { readonly [Name in CallName]: Handler<Name> } = {
  open: (signal, source, options) => resident.open(source, options, signal),
  add: (signal, source) => resident.add(source, signal),
  ask: (signal, task, input) => resident.ask(task, input, signal),
};

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  if ('cancel' in data) return running.get(data.cancel)?.abort();
  const { id, call, args } = data;
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const handler = handlers[call] as (signal: AbortSignal, ...args: unknown[]) => Promise<unknown>;
    post({ id, result: await handler(controller.signal, ...args) });
  } catch (error) {
    const { name, message } = error as Error;
    post({ id, error: { name, message } });
  } finally {
    running.delete(id);
  }
};
