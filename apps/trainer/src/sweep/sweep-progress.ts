import cliProgress from 'cli-progress';
import { formatDuration } from '../format.ts';

/** Seconds between two lines on how runs go on, where there is no terminal. */
const lineInterval = 30;

/** Shows how a sweep goes on: what runs, how many are done, how long it takes: a bar on a terminal, lines elsewhere. */
export class SweepProgress {
  readonly #running = new Map<string, { readonly since: number; status: string }>();
  readonly #seconds: number[] = [];
  #bar: cliProgress.SingleBar | undefined;
  #done: number;
  #atOnce = 1;
  #shownAt: number;

  /**
   * @param stream where to write, usually stderr
   * @param all how many runs there are, and of them
   * @param done that are done already
   * @param now seconds, from any clock that never goes back
   */
  constructor(
    readonly stream: NodeJS.WriteStream,
    readonly all: number,
    done: number,
    readonly now = () => performance.now() / 1000,
  ) {
    this.#done = done;
    this.#shownAt = now();
  }

  begin(name: string): void {
    const known = this.#running.get(name);
    this.#running.set(name, { since: known?.since ?? this.now(), status: '' });
    this.#atOnce = Math.max(this.#atOnce, this.#running.size);
    this.line(`${known ? 'going on with' : 'begun:'} ${name}`);
  }

  /** @param status what a run says last */
  status(name: string, status: string): void {
    const run = this.#running.get(name);
    if (run) run.status = status;
    if (this.stream.isTTY) this.#draw();
    else if (this.now() - this.#shownAt >= lineInterval) this.line(this.#describe());
  }

  /** @param outcome in a few words */
  end(name: string, outcome: string): void {
    const run = this.#running.get(name);
    this.#running.delete(name);
    const took = run && this.now() - run.since;
    this.#done++;
    if (took !== undefined) this.#seconds.push(took);
    const time = took === undefined ? '' : ` (${formatDuration(took)})`;
    this.line(`${outcome}: ${name}${time}; ${this.#describe()}`);
  }

  /** Shows a line of text, beside the bar. */
  line(text: string): void {
    this.close();
    this.#shownAt = this.now();
    this.stream.write(`${text}\n`);
    if (this.stream.isTTY) this.#draw();
  }

  /** Takes the bar away. */
  close(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  /** `5 of 12 runs are done, 2 running, 3 min 05 s left; fine-tuning 465/750: epoch 2, … (sample-model_opinion_full_seed-1)` */
  #describe(): string {
    const running = [...this.#running];
    const [newest] = running.filter(([, { status }]) => status !== '').slice(-1);
    const left = this.#left();
    return [
      `${this.#done} of ${this.all} runs are done`,
      ...(running.length > 0 ? [`, ${running.length} running`] : []),
      ...(left === undefined ? [] : [`, ${formatDuration(left)} left`]),
      ...(newest === undefined ? [] : [`; ${newest[1].status} (${newest[0]})`]),
    ].join('');
  }

  /** Seconds that are left if runs take as long, and as many run, as did; undefined as long as none is done. */
  #left(): number | undefined {
    if (this.#seconds.length === 0 || this.#done === this.all) return undefined;
    const mean = this.#seconds.reduce((sum, value) => sum + value, 0) / this.#seconds.length;
    const spent = [...this.#running.values()].map(({ since }) => Math.min(mean, this.now() - since));
    const work = mean * (this.all - this.#done) - spent.reduce((sum, value) => sum + value, 0);
    return Math.max(0, work / Math.min(this.#atOnce, this.all - this.#done));
  }

  #draw(): void {
    if (this.#bar === undefined) {
      const format = 'sweep [{bar}] {text}';
      this.#bar = new cliProgress.SingleBar({
        stream: this.stream,
        format,
        barsize: 24,
        gracefulExit: false,
      });
      this.#bar.start(this.all, this.#done, { text: '' });
    }
    const room = Math.max(20, this.stream.columns - 34);
    this.#bar.update(this.#done, { text: this.#describe().slice(0, room) });
  }
}
