import { existsSync } from 'node:fs';
import { checkOutputFolder, InputError } from '@diffprune/command-line';
import { batchesPerEpoch } from '@diffprune/glue';
import type { DiffTensor } from '@diffprune/sparse-diff';
import {
  DivergenceError,
  findMethod,
  taskObjective,
  train,
  UnevaluatedError,
  type MethodName,
  type TaskEvaluation,
  type TrainingEvent,
  type TrainingOptions,
  type TrainingRun,
} from '@diffprune/training';
import { taskOfRun } from '../tasks/resolve-task.ts';
import { openCheckpoint } from '../run-folder/checkpoint.ts';
import { BestEvaluation, loadBest, saveBest, type EvaluationPlace } from './best-evaluation.ts';
import { finishRun, storeDiff } from './finish-run.ts';
import { evaluateStored } from './stored-diff.ts';
import { followRun, type StepEvent } from '../run-folder/follow-run.ts';
import { prepareRun, resolveSettings } from './prepare-run.ts';
import { createProgress, describeMeasures } from '../progress/progress.ts';
import { checkSameInputs } from '../settings/run-config.ts';
import { RunFolder } from '../run-folder/run-folder.ts';
import { lockFolder } from '../run-folder/run-lock.ts';
import { optionsIn, type TrainFlags } from '../settings/settings.ts';
import { formatCount, formatEvaluations } from '../format.ts';
import { diagnose } from './warnings.ts';
import { TensorBoardLog } from '../tensorboard/tensorboard-log.ts';
import { whatIsKept } from '../run-folder/what-is-kept.ts';
import { makeEngine } from '../make-engine.ts';

/** What the command line says of a run. */
export type TrainArguments = TrainFlags & {
  readonly out: string;
  readonly resume?: boolean;
  readonly saveSteps?: number;
  readonly logSteps?: number;
  /** Whether to write event files for TensorBoard; a run that goes on does so where it did. */
  readonly tensorboard?: boolean;
};

/**
 * Begins a run, or goes on with one, and brings it to its end unless a signal stops it. No other process may work in its
 * folder meanwhile.
 *
 * @returns the exit code
 */
export async function runTraining(args: TrainArguments): Promise<number> {
  const { out, base, data, teacher } = args;
  await checkOutputFolder('--out', out, { '--base': base, '--data': data, '--teacher': teacher });

  return lockFolder(out, () => beginOrResume(args));
}

async function beginOrResume(args: TrainArguments): Promise<number> {
  const { out, resume = false, saveSteps, logSteps, tensorboard = false, ...flags } = args;
  const folder = new RunFolder(out);
  const begun = await folder.config();
  if (begun && !resume) {
    const { task, method } = begun.settings;
    throw new InputError(
      `${out} already holds a run (${task}, ${method}): go on with it by --resume, or choose another --out`,
    );
  }
  const resolved = await taskOfRun(flags.task, begun, out);
  const settings = resolveSettings(flags, begun, out, resolved?.task);
  if (begun && folder.finished(settings.task)) {
    process.stdout.write(`the run in ${out} is finished: ${folder.diff(settings.task)}\n`);
    return 0;
  }

  const method = findMethod(settings.method);
  const progress = createProgress(process.stderr, method.measures);
  const prepared = await prepareRun(settings, resolved!, (text) => progress.line(text));
  const { config, task, type, base } = prepared;
  const engine = await makeEngine(config.settings);
  if (begun) checkSameInputs(begun, config, out);
  else await folder.create(config);
  await folder.checkOutputs(task, Object.keys(prepared.dev));
  const from = await openCheckpoint(folder.checkpoint);
  await folder.rewind(from);
  if (tensorboard || existsSync(folder.tensorboard)) {
    const events = new TensorBoardLog(folder.tensorboard, await folder.metrics());
    folder.onLog = (line) => events.log(line);
  }
  const where = from ? `going on at step ${from.step} of ${from.stage}` : 'beginning again';
  if (begun) progress.line(where);

  const { batchSize, warmup, keep = 'last', patience } = config.settings;
  const best = new BestEvaluation(await folder.metrics());
  let candidate = false;
  const { features } = prepared.train;
  const asking = { engine, batchSize, data: config.fingerprints.data['train']!, progress };
  const teacher = await prepared.teacher?.outputs(folder.teacher, features, asking);
  const run: TrainingRun<MethodName, unknown> = {
    engine,
    config: base.config,
    task: type,
    method: settings.method,
    options: optionsIn(config.settings) as TrainingOptions,
    base: prepared.tensors,
    train: features,
    teacher,
    dev: prepared.dev,
    onRows: (split, done, rows) => progress.rows(split, done, rows),
    ...((keep === 'best' || patience !== undefined) && {
      review: async (evaluation, diff) => {
        candidate = true;
        const isBest = best.add(evaluation.splits, evaluation);
        if (isBest && keep === 'best') await saveBest(folder, prepared, diff(), evaluation);
        if (patience === undefined || best.since < patience) return false;
        progress.line(`no better than at ${best.describe()}: the run ends here`);
        return true;
      },
    }),
  };
  const { constantLoss } = taskObjective(run, config.settings);
  const perEpoch = batchesPerEpoch(run.train.size, batchSize);
  let evaluation: TaskEvaluation & Partial<EvaluationPlace> = { splits: {} };
  const outcome = await followRun(() => train(run, from), {
    command: 'train',
    folder,
    progress,
    warmup,
    saveSteps,
    logSteps,
    evaluatesAfter: ({ step, steps }) => step % perEpoch === 0 || step === steps,
    take(event: Exclude<TrainingEvent, StepEvent>) {
      if (event.kind === 'projection') {
        const { kind, kept, nonzero, measured, gates } = event;
        const line = { kind, kept, nonzero, ...measured, ...(gates && { gates }) };
        folder.log(line);
        const shown = describeMeasures(method.measures ?? [], measured);
        progress.line(
          [
            `projection: ${formatCount(kept)} entries kept`,
            `${formatCount(nonzero)} of them nonzero`,
            ...shown,
          ].join(', '),
        );
        for (const warning of diagnose(method, [line], constantLoss)) progress.line(`warning: ${warning}`);
        return;
      }
      const { kind, stage, step, epoch } = event;
      const splits = Object.entries(event.splits).map(([split, { scores, main }]) => [
        split,
        { scores, main },
      ]);
      const { samples } = event;
      folder.log({
        kind,
        stage,
        step,
        epoch,
        splits: Object.fromEntries(splits),
        ...(samples && { samples }),
        ...(candidate && { candidate }),
      });
      candidate = false;
      progress.line(`${stage}, epoch ${epoch}: ${formatEvaluations(event.splits).join('; ')}`);
      evaluation = event;
    },
    async fail(error: unknown) {
      try {
        if (error instanceof UnevaluatedError) await storeDiff(folder, prepared, error.diff, {});
      } finally {
        if (!(error instanceof DivergenceError)) progress.line(whatIsKept(folder, 'train', config.settings));
      }
    },
  });
  if ('exitCode' in outcome) return outcome.exitCode;
  try {
    let [tensors, trained]: [readonly DiffTensor[], TaskEvaluation] = [outcome.result, evaluation];
    const { place } = best;
    if (keep === 'best' && place && !(place.stage === evaluation.stage && place.step === evaluation.step)) {
      const diff = await loadBest(folder, place);
      const { dev } = prepared;
      const asked = { engine, task: type, batchSize, dev, progress };
      trained = { splits: await evaluateStored(diff, base.folder, asked) };
      ({ tensors } = diff);
    }
    const kept = keep === 'best' ? best.describe() : undefined;
    process.stdout.write(
      await finishRun(folder, engine, prepared, tensors, trained, constantLoss, progress, kept),
    );
  } catch (error) {
    progress.line(whatIsKept(folder, 'train', config.settings));
    throw error;
  }
  return 0;
}
