import type { ResidentBase } from '@diffprune/inference/node';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What a service measures of itself, for Prometheus. */
export class Measures {
  readonly #registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #answers: Counter<'task' | 'outcome'>;
  #waiting = 0;

  constructor(base: ResidentBase) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Histogram({
      name: 'diffprune_http_request_seconds',
      help: 'Time from a request to its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
      registers,
    });
    this.#answers = new Counter({
      name: 'diffprune_answers_total',
      help: 'Inputs that were answered, and that were not.',
      labelNames: ['task', 'outcome'],
      registers,
    });
    const gauges: Record<string, readonly [string, () => number]> = {
      waiting_inputs: ['Inputs that wait for an answer.', () => this.#waiting],
      tasks: ['Tasks that are resident.', () => base.tasks.length],
      memory_bytes: ['Memory that weights, tasks and programs take.', () => base.engine.memory.taken],
    };
    for (const [name, [help, read]] of Object.entries(gauges)) {
      new Gauge({ name: `diffprune_${name}`, help, registers, collect: gaugeOf(read) });
    }
    new Counter({
      name: 'diffprune_switches_total',
      help: "How often a task's changes were put on or taken off the weights.",
      registers,
      collect() {
        this.reset();
        this.inc(base.switches);
      },
    });
  }

  /** Inputs that wait for an answer. */
  get waiting(): number {
    return this.#waiting;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** @returns what to call when a request is answered */
  begin(): (route: string, method: string, status: number) => void {
    const end = this.#requests.startTimer();
    return (route, method, status) => end({ route, method, status });
  }

  /** Counts an input until it is answered. */
  async wait<Result>(task: string, answer: Promise<Result>): Promise<Result> {
    this.#waiting++;
    try {
      const result = await answer;
      this.#answers.inc({ task, outcome: 'answered' });
      return result;
    } catch (error) {
      this.#answers.inc({ task, outcome: 'refused' });
      throw error;
    } finally {
      this.#waiting--;
    }
  }
}

function gaugeOf(read: () => number) {
  return function (this: Gauge): void {
    this.set(read());
  };
}
