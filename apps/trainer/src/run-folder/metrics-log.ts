import { InputError } from '@diffprune/command-line';
import type { Evaluation } from '@diffprune/evaluators';
import type { ValueCoding } from '@diffprune/sparse-diff';
import type { SampledScores } from '@diffprune/training';
import { parseObject } from '../settings/run-config.ts';

/** A logging step. */
export interface StepLine {
  readonly kind: 'step';
  readonly stage: string;
  /** Optimiser steps of the stage that are done. */
  readonly step: number;
  readonly epoch: number;
  /** The loss of this step's batch. */
  readonly loss: number;
  /** The schedule's factor on every learning rate, 0 to 1. */
  readonly learningRateFactor: number;
  readonly examplesPerSecond: number;
  /** Gradient norms, and what the method measures besides. */
  readonly [measured: string]: number | string;
}

/** An evaluation at the end of an epoch or a stage. */
export interface EvaluationLine {
  readonly kind: 'evaluation';
  readonly stage: string;
  readonly step: number;
  readonly epoch: number;
  readonly splits: Readonly<Record<string, Evaluation>>;
  /** At a stage's end, where the model is random: what several samples of it score, that of `splits` among them. */
  readonly samples?: Readonly<Record<string, SampledScores>>;
  /** Whether its model is one that the run could end with; said where a run may keep one of several, or end early. */
  readonly candidate?: boolean;
}

/** The projection between two stages. */
export interface ProjectionLine {
  readonly kind: 'projection';
  /** Entries kept, and those of them that are not zero. */
  readonly kept: number;
  readonly nonzero: number;
  /** How many gates are open with which probability, in equal parts of [0, 1], where there are gates. */
  readonly gates?: readonly number[];
  /** What the method measures at this point. */
  readonly [measured: string]: number | string | readonly number[] | undefined;
}

/** The finished diff where its values are stored rounded. */
export interface StoredLine {
  readonly kind: 'stored';
  readonly values: ValueCoding;
  /** Largest over the tensors: norm of what the values lost, divided by theirs. */
  readonly relativeError: number;
  /** The evaluation of the base with the stored diff. */
  readonly splits: Readonly<Record<string, Evaluation>>;
}

/** A line of `metrics.jsonl`. */
export type MetricsLine = StepLine | EvaluationLine | ProjectionLine | StoredLine;

export function formatMetrics(lines: readonly MetricsLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/**
 * Reads `metrics.jsonl`. A last line that is not complete, because the program was killed as it wrote, is left out.
 *
 * @param path the file's, for messages
 * @throws InputError naming a line that is none of a run's
 */
export function parseMetrics(text: string, path: string): MetricsLine[] {
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete
    .split('\n')
    .slice(0, -1)
    .map((line, i) => {
      const found = parseObject(line);
      if (isMetricsLine(found)) return found;
      throw new InputError(
        `${path}:${i + 1}: not a line of a run's metrics; delete the line, or begin again with another --out`,
      );
    });
}

function isMetricsLine(
  value: Readonly<Record<string, unknown>>,
): value is Record<string, unknown> & MetricsLine {
  const { kind, stage, step, splits } = value;
  if (kind === 'projection') return true;
  const evaluated = typeof splits === 'object' && splits !== null;
  if (kind === 'stored') return evaluated;
  const placed = typeof stage === 'string' && Number.isSafeInteger(step);
  return placed && (kind === 'step' || (kind === 'evaluation' && evaluated));
}

/** Where a run stands: its stage, and the optimiser steps of the stage that are done. */
export interface Position {
  readonly stage: string;
  readonly step: number;
}

/**
 * The lines that a run has written when it stands at a checkpoint: what goes on from there writes the others again,
 * the evaluation at the checkpoint's own step included.
 *
 * @param lines in the order in which they were written
 * @param at the checkpoint; undefined where there is none yet
 */
export function linesUpTo(lines: readonly MetricsLine[], at: Position | undefined): MetricsLine[] {
  if (at === undefined) return [];
  const isAt = (line: MetricsLine): line is StepLine | EvaluationLine =>
    (line.kind === 'step' || line.kind === 'evaluation') && line.stage === at.stage;
  const begun = lines.findIndex(isAt);
  const later = lines.findIndex((line, i) => {
    if (!isAt(line)) return begun >= 0 && i > begun;
    return line.kind === 'step' ? line.step > at.step : line.step >= at.step;
  });
  return lines.slice(0, later < 0 ? lines.length : later);
}
