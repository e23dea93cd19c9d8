/** Time constant of the speed's average, in seconds. */
const window = 20;
/** Weight of the newest step in the loss's average. */
const newest = 0.05;

/** Speed and time left, averaged over about the last 20 seconds, and loss, over about the last 20 steps. */
export class RateMeter {
  #last: number;
  #seconds = 0;
  #steps = 0;
  #examples = 0;
  #loss: number | undefined;

  /** @param now seconds, from any clock that never goes back */
  constructor(now: number) {
    this.#last = now;
  }

  /** Takes a step into the averages. */
  step(now: number, examples: number, loss: number): void {
    const elapsed = Math.max(0, now - this.#last);
    const kept = Math.exp(-elapsed / window);
    this.#last = now;
    this.#seconds = this.#seconds * kept + elapsed;
    this.#steps = this.#steps * kept + 1;
    this.#examples = this.#examples * kept + examples;
    this.#loss = this.#loss === undefined ? loss : this.#loss + newest * (loss - this.#loss);
  }

  /** Leaves out what passed since the last step, such as an evaluation. */
  pause(now: number): void {
    this.#last = now;
  }

  get loss(): number {
    return this.#loss ?? NaN;
  }

  get examplesPerSecond(): number {
    return this.#seconds > 0 ? this.#examples / this.#seconds : 0;
  }

  /** @returns seconds; Infinity before the first step */
  timeLeft(steps: number): number {
    return this.#steps > 0 ? (steps * this.#seconds) / this.#steps : Infinity;
  }
}
