/** Signals that ask the program to stop, and the exit codes by which shells know them. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof exitCodes;

/** Listens for Ctrl-C and SIGTERM while a run can be stopped in good order. */
export class StopRequest {
  #signal: StopSignal | undefined;
  readonly #handlers: readonly (readonly [StopSignal, () => void])[];

  /** @param announce called at the first signal; the second one ends the program at once */
  constructor(announce: () => void) {
    const signals = Object.keys(exitCodes) as StopSignal[];
    this.#handlers = signals.map((signal) => {
      const handler = (): void => {
        if (this.#signal === undefined) {
          this.#signal = signal;
          announce();
          return;
        }
        this.release();
        process.kill(process.pid, signal);
      };
      process.on(signal, handler);
      return [signal, handler] as const;
    });
  }

  /** The exit code of the signal that came; undefined while none has. */
  get exitCode(): number | undefined {
    return this.#signal && exitCodes[this.#signal];
  }

  /** Gives the signals their usual effect again. */
  release(): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
  }
}

/** Set in the environment of a process that is to stop when the one that started it, with a channel to it, ends. */
export const supervised = 'DIFFPRUNE_SUPERVISED';

/** Has this process stop as by SIGTERM when the one that supervises it ends, however it does. */
export function stopWithSupervisor(): void {
  if (process.env[supervised] === undefined || !process.channel) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
