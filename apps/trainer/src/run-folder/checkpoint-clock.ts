/** Seconds of training that a program that is killed may lose. */
const interval = 120;
/** Writing may take at most this share of the time. */
const share = 0.05;

/** Decides when a checkpoint is due: every `everySteps` steps, or, by default, by the time that passes. */
export class CheckpointClock {
  #savedAt: number;
  #writing = 0;

  /** @param now seconds, from any clock that never goes back */
  constructor(
    now: number,
    readonly everySteps?: number,
  ) {
    this.#savedAt = now;
  }

  /**
   * By time: two minutes after the last checkpoint, or later where writing one takes so long that it would cost more
   * than a twentieth of the time.
   *
   * @param step of the stage, counted from 1
   */
  due(now: number, step: number): boolean {
    if (this.everySteps !== undefined) return step % this.everySteps === 0;
    return now - this.#savedAt >= Math.max(interval, this.#writing / share);
  }

  /** Notes a checkpoint. */
  saved(began: number, ended: number): void {
    this.#writing = ended - began;
    this.#savedAt = ended;
  }
}
