import { existsSync } from 'node:fs';
import { createEngine } from '@diffprune/engine';
import { batchesPerEpoch } from '@diffprune/glue';
import {
  linearSchedule,
  loadSnapshot,
  methods,
  saveSnapshot,
  train,
  type SplitEvaluation,
  type TrainingEvent,
  type TrainingResult,
  type TrainingRun,
} from '@diffprune/training';
import { CheckpointClock } from './checkpoint-clock.ts';
import { InputError } from './errors.ts';
import { finishRun } from './finish-run.ts';
import { prepareRun, resolveSettings } from './prepare-run.ts';
import { createProgress } from './progress.ts';
import { checkSameInputs } from './run-config.ts';
import { RunFolder } from './run-folder.ts';
import type { GivenSettings } from './settings.ts';
import { StopRequest } from './stop-request.ts';
import { formatCount, formatScores, programNames, shellQuote } from './text.ts';

/** What the command line says of a run. */
export interface TrainArguments extends GivenSettings {
  readonly out: string;
  readonly resume?: boolean;
  readonly saveSteps?: number;
  readonly logSteps?: number;
}

const seconds = (): number => performance.now() / 1000;

/**
 * Begins a run, or goes on with one, and brings it to its end unless a signal stops it.
 *
 * @returns the exit code
 */
export async function runTraining(given: TrainArguments): Promise<number> {
  const { out, resume = false, saveSteps, logSteps = 10, ...givenSettings } = given;
  const folder = new RunFolder(out);
  const begun = await folder.config();
  if (begun && !resume) {
    const { task, method } = begun.settings;
    throw new InputError(
      `${out} already holds a run (${task}, ${method}): go on with it by --resume, or choose another --out`,
    );
  }
  const settings = resolveSettings(givenSettings, begun, out);
  if (begun && existsSync(folder.diff(settings.task))) {
    process.stdout.write(`the run in ${out} is finished: ${folder.diff(settings.task)}\n`);
    return 0;
  }

  const progress = createProgress(process.stderr);
  const prepared = await prepareRun(settings, (text) => progress.line(text));
  const { config, task, base } = prepared;
  const { engine: engineName, threads } = config.settings;
  const engine = await createEngine(engineName, threads === undefined ? {} : { threads });
  if (begun) checkSameInputs(begun, config, out);
  else await folder.create(config);
  const from = await loadSnapshot(folder.checkpoint);
  await folder.rewind(from);
  if (begun)
    progress.line(from ? `going on at step ${from.step} of stage ${from.stage + 1}` : 'beginning again');

  const { method, batchSize, maxSteps, fixedMaskEpochs, warmup } = config.settings;
  const run: TrainingRun = {
    ...{ engine, config: base.config, task, method, options: config.settings },
    ...{ base: base.tensors, train: prepared.train.features, dev: prepared.dev },
  };
  const perEpoch = batchesPerEpoch(run.train.size, batchSize);
  const laterSteps = methods[method].pruned ? Math.min(fixedMaskEpochs * perEpoch, maxSteps ?? Infinity) : 0;

  const stop = new StopRequest(() => progress.line('stopping after this step; once more to quit at once'));
  const clock = new CheckpointClock(seconds(), saveSteps);
  let result: TrainingResult | undefined;
  let evaluations: Readonly<Record<string, SplitEvaluation>> = {};
  const events = async function* (): AsyncGenerator<TrainingEvent, void> {
    result = yield* train(run, from);
  };
  try {
    for await (const event of events()) {
      if (event.kind === 'step') {
        const { kind, stage, step, steps, epoch, examples: _, snapshot, ...measured } = event;
        progress.step(event, steps - step + (snapshot.stage === 0 ? laterSteps : 0));
        if (step % logSteps === 0 || step === steps) {
          const learningRateFactor = linearSchedule(step - 1, steps, warmup);
          const { examplesPerSecond } = progress;
          folder.log({ kind, stage, step, epoch, ...measured, learningRateFactor, examplesPerSecond });
        }
        const epochEnds = step % perEpoch === 0 || step === steps;
        if (epochEnds || clock.due(seconds(), step) || stop.exitCode !== undefined) {
          const began = seconds();
          await saveSnapshot(folder.checkpoint, snapshot);
          clock.saved(began, seconds());
        }
      } else if (event.kind === 'evaluation') {
        const { kind, stage, step, epoch, splits } = event;
        const scored = Object.entries(splits).map(
          ([split, { scores, main }]) => [split, { scores, main }] as const,
        );
        folder.log({ kind, stage, step, epoch, splits: Object.fromEntries(scored) });
        const scores = scored.map(([split, { scores }]) => formatScores(split, scores));
        progress.line(`${stage}, epoch ${epoch}: ${scores.join('; ')}`);
        evaluations = splits;
      } else {
        folder.log(event);
        progress.line(
          `projection: ${formatCount(event.kept)} entries kept, ${formatCount(event.nonzero)} of them nonzero`,
        );
      }
      if (stop.exitCode !== undefined) break;
    }
  } finally {
    stop.release();
    progress.end();
  }
  if (result === undefined) {
    const command = `${programNames(process.env).train} train --out ${shellQuote(out)} --resume`;
    progress.line(`stopped; the checkpoint is saved. Go on with:\n  ${command}`);
    return stop.exitCode ?? 1;
  }
  process.stdout.write(await finishRun(folder, prepared, result, evaluations));
  return 0;
}
