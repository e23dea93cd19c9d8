import { appendFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readTextIfPresent, temporarySuffix, writeFileAtomically } from '@diffprune/files/node';
import { InputError } from '@diffprune/command-line';
import { removeTemporaries } from './files.ts';
import { formatMetrics, linesUpTo, parseMetrics, type MetricsLine, type Position } from './metrics-log.ts';
import { formatRunConfig, parseRunConfig, type RunConfig } from './run-config.ts';

/**
 * The folder of one run: `config.json`, `metrics.jsonl`, `checkpoint/state.safetensors` and, at the end,
 * `predictions.tsv`, `report.html` and, last of all, `<task>.sdiff`. Its presence means that the run is finished.
 */
export class RunFolder {
  constructor(readonly path: string) {}

  /** Path of a file in the folder. */
  file(name: string): string {
    return join(this.path, name);
  }

  get checkpoint(): string {
    return this.file('checkpoint/state.safetensors');
  }

  diff(task: string): string {
    return this.file(`${task}.sdiff`);
  }

  /** The name of a dev split's predictions: MNLI's `dev_mismatched` has a file of its own. */
  predictions(split: string): string {
    const other = /^dev_(?!matched$)(.+)$/.exec(split)?.[1];
    return this.file(other === undefined ? 'predictions.tsv' : `predictions-${other}.tsv`);
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
    const other = names.find((name) => !name.endsWith(temporarySuffix));
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
    appendFileSync(this.file('metrics.jsonl'), formatMetrics([line]));
  }

  async metrics(): Promise<MetricsLine[]> {
    const path = this.file('metrics.jsonl');
    return parseMetrics((await readTextIfPresent(path, Infinity)) ?? '', path);
  }
}
