import { programNames } from '@diffprune/command-line';
import { linearSchedule, saveSnapshot, type TrainingEvent } from '@diffprune/training';
import { CheckpointClock } from './checkpoint-clock.ts';
import { adviseOnDamage } from './checkpoint.ts';
import type { Progress } from '../progress/progress.ts';
import type { RunFolder } from './run-folder.ts';
import { StopRequest } from './stop-request.ts';
import { shellQuote } from '../format.ts';

/** An optimiser step. */
export type StepEvent = Extract<TrainingEvent, { readonly kind: 'step' }>;

/** What it takes to follow a run. */
export interface Following<E> {
  /** The command that goes on with the run: `train`. */
  readonly command: string;
  readonly folder: RunFolder;
  readonly progress: Progress;
  /** Fraction of a stage's steps in which the learning rates rise. */
  readonly warmup: number;
  /** Steps between lines of `metrics.jsonl`. */
  readonly logSteps?: number | undefined;
  /** Steps between checkpoints; by time where it is left out. */
  readonly saveSteps?: number | undefined;
  /** Whether the step is followed by an evaluation, before which a checkpoint is due. */
  evaluatesAfter(step: StepEvent): boolean;
  /** Takes every event but steps. */
  take(event: E): void;
  /** Saves and says what it can when the run fails. */
  fail(error: unknown): Promise<void>;
}

const seconds = (): number => performance.now() / 1000;

/**
 * Follows a run to its end, or until a signal stops it: shows and logs its steps and saves checkpoints.
 *
 * @param begin makes the run's events
 * @returns the run's result, or the exit code of the signal
 */
export async function followRun<E extends { readonly kind: string }, R>(
  begin: () => AsyncGenerator<StepEvent | E, R>,
  { command, folder, progress, warmup, logSteps = 10, saveSteps, ...run }: Following<E>,
): Promise<{ readonly result: R } | { readonly exitCode: number }> {
  const stop = new StopRequest(() => progress.line('stopping after this step; once more to quit at once'));
  const clock = new CheckpointClock(seconds(), saveSteps);

  const takeStep = async (event: StepEvent): Promise<void> => {
    const { kind, stage, step, steps, epoch, loss, measured, snapshot } = event;
    progress.step(event);
    if (step % logSteps === 0 || step === steps) {
      const learningRateFactor = linearSchedule(step - 1, steps, warmup);
      const { examplesPerSecond } = progress;
      folder.log({ kind, stage, step, epoch, loss, ...measured, learningRateFactor, examplesPerSecond });
    }
    const due = run.evaluatesAfter(event) || clock.due(seconds(), step) || stop.exitCode !== undefined;
    if (!due) return;
    const began = seconds();
    await saveSnapshot(folder.checkpoint, snapshot);
    clock.saved(began, seconds());
  };

  let ended: { result: R } | undefined;
  const events = async function* (): AsyncGenerator<StepEvent | E, void> {
    ended = { result: yield* begin() };
  };
  try {
    for await (const event of events()) {
      if (isStep(event)) await takeStep(event);
      else run.take(event);
      if (stop.exitCode !== undefined) break;
    }
  } catch (error) {
    progress.end();
    const advised = adviseOnDamage(error, folder.checkpoint);
    if (advised === error) await run.fail(error);
    throw advised;
  } finally {
    stop.release();
    progress.end();
  }
  if (ended !== undefined) return ended;
  const resume = `${programNames(process.env).train} ${command} --out ${shellQuote(folder.path)} --resume`;
  progress.line(`stopped; the checkpoint is saved. Go on with:\n  ${resume}`);
  return { exitCode: stop.exitCode ?? 1 };
}

function isStep(event: StepEvent | { readonly kind: string }): event is StepEvent {
  return event.kind === 'step';
}
