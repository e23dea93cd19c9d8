import type { CallName, Calls, FromWorker, Progress, ToWorker } from './protocol.ts';

/** What a call failed with, by the name of the error in the worker. */
export class CallError extends Error {
  constructor(
    override readonly name: string,
    message: string,
  ) {
    super(message);
  }
}

interface Waiting {
  resolve(result: never): void;
  reject(error: unknown): void;
}

/** A base in a worker of its own, so that the page stays quick whatever is computed. */
export class BaseWorker {
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;

  /** @param onLost is told why nothing can be asked any more */
  constructor(onProgress: (progress: Progress) => void, onLost: (reason: string) => void) {
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if ('progress' in data) return onProgress(data.progress);
      if ('lost' in data) return onLost(data.lost);
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ('error' in data) waiting?.reject(new CallError(data.error.name, data.error.message));
      else waiting?.resolve(data.result as never);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#failAll(new CallError('WorkerError', event.message || 'the worker could not be started'));
    };
  }

  /**
   * @param signal aborted when the answer is not wanted any more
   * @throws CallError with what the worker threw; the signal's reason where it was aborted
   */
  call<Name extends CallName>(
    call: Name,
    args: Parameters<Calls[Name]>,
    signal?: AbortSignal,
  ): Promise<ReturnType<Calls[Name]>> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const id = ++this.#calls;
      this.#waiting.set(id, { resolve, reject });
      this.#post({ id, call, args } as ToWorker);
      signal?.addEventListener('abort', () => {
        if (!this.#waiting.delete(id)) return;
        this.#post({ cancel: id });
        reject(signal.reason);
      });
    });
  }

  /** Ends the worker, and frees all that it holds. What was called is answered no more. */
  stop(): void {
    this.#worker.terminate();
    this.#failAll(new DOMException('the worker was stopped', 'AbortError'));
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #failAll(error: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
