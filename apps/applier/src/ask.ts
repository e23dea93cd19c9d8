import type { DataFormat } from '@diffprune/glue';
import type { AppliedModel, OnRows, RunOptions } from '@diffprune/inference/node';

export interface PredictOptions extends RunOptions {
  readonly base: string;
  readonly diff: string;
  readonly text?: string;
  readonly textB?: string;
  readonly question?: string;
  readonly context?: string;
  /** `-` for the standard input. */
  readonly file?: string;
  /** Of the file; by its name or its content where it is left out. */
  readonly format?: DataFormat;
  /** Split of a GLUE task whose columns the file has. */
  readonly split?: string;
  /** Names of the column of the text, or of the two columns of the pair. */
  readonly columns?: readonly string[];
  readonly out?: string;
  readonly batchSize: number;
}

/**
 * What is to be asked, read already: gives what a model says of it, as a file has it.
 *
 * @param onRows is told how many of how many rows are done
 */
export type Ask = (model: AppliedModel, onRows: OnRows) => Promise<string>;
