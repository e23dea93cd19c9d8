import { spawn, type ChildProcess } from 'node:child_process';

/** What a service says of an input: its status, and each label's probability. */
export interface ServedAnswer {
  readonly status: number;
  readonly probabilities: readonly number[];
}

/** A process of `diffprune-apply serve`. */
export class Service {
  private constructor(
    readonly process: ChildProcess,
    readonly url: string,
  ) {}

  /**
   * @param applier how the applier is run
   * @throws Error with what it said, if it ends
   */
  static async start(applier: readonly string[], folder: string, threads: number): Promise<Service> {
    const options = ['--diffs', folder, '--port', '0', '--threads', String(threads), '--max-queue', '4096'];
    const child = spawn(process.execPath, [...applier, 'serve', ...options], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    const url = await new Promise<string>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        const found = /listening on (\S+)/.exec(log)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once('close', () => reject(new Error(`the service ended: ${log}`)));
    });
    return new Service(child, url);
  }

  async ask(task: string, text: string): Promise<ServedAnswer> {
    const body = JSON.stringify({ text });
    const response = await fetch(`${this.url}/tasks/${task}/predict`, { method: 'POST', body });
    const { probabilities = {} } = (await response.json()) as { probabilities?: Record<string, number> };
    return { status: response.status, probabilities: Object.values(probabilities) };
  }

  async put(task: string, diff: Uint8Array): Promise<void> {
    const body = new Uint8Array(diff);
    const { status } = await fetch(`${this.url}/tasks/${task}`, { method: 'PUT', body });
    if (status !== 200 && status !== 201) throw new Error(`PUT ${task} was answered with ${status}`);
  }

  async delete(task: string): Promise<void> {
    const { status } = await fetch(`${this.url}/tasks/${task}`, { method: 'DELETE' });
    if (status !== 204) throw new Error(`DELETE ${task} was answered with ${status}`);
  }

  /** Bytes of memory that it has. */
  async memory(): Promise<number> {
    return this.#measure('process_resident_memory_bytes');
  }

  /** Seconds of processors that it has taken. */
  async processorTime(): Promise<number> {
    return this.#measure('process_cpu_seconds_total');
  }

  /** How often it has put a task's changes on or taken them off. */
  async switches(): Promise<number> {
    return this.#measure('diffprune_switches_total');
  }

  async #measure(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)![1]);
  }

  /** Tells it to stop. @returns when it has */
  stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.process.once('close', () => resolve()));
    this.process.kill('SIGTERM');
    return ended;
  }
}
