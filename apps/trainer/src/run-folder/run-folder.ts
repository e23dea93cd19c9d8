import { appendFileSync, existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  readTextIfPresent,
  removeTemporaries,
  temporarySuffix,
  writeFileAtomically,
} from '@diffprune/files/node';
import { checkOutputFile, InputError } from '@diffprune/command-line';
import { formatMetrics, linesUpTo, parseMetrics, type MetricsLine, type Position } from './metrics-log.ts';
import { formatRunConfig, parseRunConfig, type RunConfig } from '../settings/run-config.ts';
import type { RunTask } from '../tasks/run-task.ts';
import { lockName } from './run-lock.ts';

/**
 * The folder of one run: `config.json`, `metrics.jsonl`, `checkpoint/state.safetensors` and, at the end, `<task>.sdiff`,
 * `predictions.tsv` (or what else the task's answers are in) and, last of all, `report.html`. With all of them the run is finished. A run with a teacher has
 * `teacher.safetensors` besides.
 */
export class RunFolder {
  /** Is told of each line that is logged. */
  onLog?: (line: MetricsLine) => void;

  constructor(readonly path: string) {}

  /** Path of a file in the folder. */
  file(name: string): string {
    return join(this.path, name);
  }

  get checkpoint(): string {
    return this.file('checkpoint/state.safetensors');
  }

  /** What a run that keeps the best has learnt when its dev scores were that. */
  get best(): string {
    return this.file('checkpoint/best.sdiff');
  }

  /** TensorBoard's event files, where they are asked for. */
  get tensorboard(): string {
    return this.file('tensorboard');
  }

  /** What the run's teacher gives for the rows to train on. */
  get teacher(): string {
    return this.file('teacher.safetensors');
  }

  get report(): string {
    return this.file('report.html');
  }

  diff(task: string): string {
    return this.file(`${task}.sdiff`);
  }

  /**
   * The path of a dev split's answers: those to MNLI's `dev_mismatched` have a file of their own.
   *
   * @param name of the usual file: `predictions.tsv`
   */
  answers(name: string, split: string): string {
    const other = /^dev_(?!matched$)(.+)$/.exec(split)?.[1];
    return this.file(other === undefined ? name : name.replace('.', `-${other}.`));
  }

  /** Whether it holds a run of this task that has come to its end. */
  finished(task: string): boolean {
    return existsSync(this.diff(task)) && existsSync(this.report);
  }

  /** @throws InputError, naming a file of the end that could not be written: a folder of its name is in the way */
  async checkOutputs(
    { name, answerFiles }: Pick<RunTask, 'name' | 'answerFiles'>,
    splits: readonly string[],
  ): Promise<void> {
    const answers = splits.flatMap((split) => answerFiles.map(({ name }) => this.answers(name, split)));
    for (const file of [this.diff(name), ...answers, this.report]) {
      await checkOutputFile('--out', file);
    }
  }

  /**
   * What the folder says of the run that it holds.
   *
   * @returns undefined if it holds nothing, or nothing but what a program left behind that was killed as it began
   * @throws InputError if it holds something else than a run
   */
  async config(): Promise<RunConfig | undefined> {
    const path = this.file('config.json');
    const text = await readTextIfPresent(path);
    if (text !== undefined) return parseRunConfig(text, path);
    const names = await readdir(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return [];
    });
    const other = names.find((name) => !name.endsWith(temporarySuffix) && name !== lockName);
    if (other === undefined) return undefined;
    throw new InputError(
      `${this.path} holds files that are no training run, such as ${other}; choose another --out`,
    );
  }

  /** Makes the folder of a new run. */
  async create(config: RunConfig): Promise<void> {
    await mkdir(this.path, { recursive: true });
    await writeFileAtomically(this.file('config.json'), formatRunConfig(config));
  }

  /** Brings the folder to where it was at a checkpoint (undefined: at the start), and removes half-written files. */
  async rewind(at: Position | undefined): Promise<void> {
    await mkdir(this.file('checkpoint'), { recursive: true });
    for (const folder of [this.path, this.file('checkpoint')]) await removeTemporaries(folder);
    await writeFileAtomically(this.file('metrics.jsonl'), formatMetrics(linesUpTo(await this.metrics(), at)));
  }

  /** Adds a line to `metrics.jsonl`, at once. */
  log(line: MetricsLine): void {
    const path = this.file('metrics.jsonl');
    try {
      appendFileSync(path, formatMetrics([line]));
    } catch (error) {
      throw Object.assign(error as Error, { path }); // of a full disk the system does not say where
    }
    this.onLog?.(line);
  }

  async metrics(): Promise<MetricsLine[]> {
    const path = this.file('metrics.jsonl');
    return parseMetrics((await readTextIfPresent(path, Infinity)) ?? '', path);
  }
}
