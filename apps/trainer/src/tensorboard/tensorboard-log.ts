import { appendFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MetricsLine } from '../run-folder/metrics-log.ts';
import { encodeEvent, type Event } from './event-file.ts';

const now = (): number => Date.now() / 1000;

/**
 * Writes what `metrics.jsonl` gets as TensorBoard's event files too. Steps are counted through the stages. A run that goes
 * on begins another file, which says from which step on the earlier ones count no more.
 */
export class TensorBoardLog {
  readonly #path: string;
  /** The stage of the last line, its step, and the steps of the stages before. */
  #stage: string | undefined;
  #step = 0;
  #before = 0;

  /**
   * @param folder for the event files, made where it is not there
   * @param lines what the run has logged already
   */
  constructor(folder: string, lines: readonly MetricsLine[]) {
    mkdirSync(folder, { recursive: true });
    // TensorBoard reads the files of a folder in the order of their names
    const number = String(readdirSync(folder).length).padStart(4, '0');
    this.#path = join(folder, `events.out.tfevents.${Math.floor(now())}.${number}.diffprune`);
    for (const line of lines) this.#count(line);
    this.#write({ wallTime: now(), fileVersion: 'brain.Event:2' });
    if (lines.length > 0) this.#write({ wallTime: now(), step: this.#before + this.#step + 1, start: true });
  }

  /** Adds the numbers of a line of `metrics.jsonl`, at once; a projection has none of a step. */
  log(line: MetricsLine): void {
    const step = this.#count(line);
    const scalars = scalarsOf(line);
    if (step !== undefined && scalars !== undefined) this.#write({ wallTime: now(), step, scalars });
  }

  /** The step of a line among those of all stages. */
  #count(line: MetricsLine): number | undefined {
    if (line.kind !== 'step' && line.kind !== 'evaluation') return undefined;
    if (this.#stage !== undefined && line.stage !== this.#stage) this.#before += this.#step;
    [this.#stage, this.#step] = [line.stage, line.step];
    return this.#before + line.step;
  }

  #write(event: Event): void {
    appendFileSync(this.#path, encodeEvent(event));
  }
}

/** `train/loss` and so on of a step, `dev/accuracy` of an evaluation. */
function scalarsOf(line: MetricsLine): Record<string, number> | undefined {
  if (line.kind === 'evaluation') {
    const splits = Object.entries(line.splits).flatMap(([split, { scores }]) =>
      Object.entries(scores).map(([metric, value]) => [`${split}/${metric}`, value] as const),
    );
    return Object.fromEntries(splits);
  }
  if (line.kind !== 'step') return undefined;
  const measured = Object.entries(line).flatMap(([name, value]) =>
    typeof value === 'number' && name !== 'step' ? [[`train/${name}`, value] as const] : [],
  );
  return Object.fromEntries(measured);
}
