import { writeFileAtomically } from '@diffprune/files/node';
import { checkOutputFile, InputError } from '@diffprune/command-line';
import {
  formatConstantSubmission,
  formatSubmission,
  submissionFault,
  type Prediction,
} from '@diffprune/glue';
import { readTask } from '@diffprune/glue/node';
import { showDownload } from '@diffprune/hub';
import type { AppliedModel, Base, RunOptions } from '@diffprune/inference';
import { applyDiff, loadBase } from '@diffprune/inference/node';
import { checkTask } from '../data/check-task.ts';
import { createProgress, type Progress } from '../progress/progress.ts';
import { textRunTask } from '../tasks/text-task.ts';
import { chooseRuns } from './choose-runs.ts';
import { describeDevScores } from './describe-scores.ts';
import { planSubmission, refuseMissing, type PlannedFile } from './find-data.ts';
import { readGlueRun, type GlueRun } from './read-runs.ts';
import { zipTexts } from './submission-zip.ts';

/** What the command line says of a submission. */
export interface SubmitArguments {
  readonly runs: readonly string[];
  readonly out: string;
  readonly data?: string;
  readonly fillMissing?: boolean;
  readonly best?: boolean;
  readonly engine?: string;
  readonly threads?: number;
}

/**
 * Predicts GLUE's test sets with the diffs of finished runs, each over its own base, and writes the zip file
 * that the GLUE server takes. What the runs score on their dev splits is told first, also where files are missing.
 *
 * @param say takes lines for the user
 */
export async function runSubmission(given: SubmitArguments, say: (line: string) => void): Promise<void> {
  const { out, data, fillMissing = false, best = false } = given;
  await checkOutputFile('--out', out, { '--data': data });
  const progress = createProgress(process.stderr);
  const note = (text: string): void => progress.line(text);
  const read: GlueRun[] = [];
  for (const path of given.runs) read.push(await readGlueRun(path));
  const runs = chooseRuns(read, best, note);
  describeDevScores(runs).forEach(say);

  const { planned, missing } = await planSubmission(runs, data);
  if (missing.length > 0 && !fillMissing) refuseMissing(missing);
  const texts = new Map<string, string>();
  const needed = runs.filter((run) => planned.some((file) => file.run === run));
  for (const group of runsByBase(needed, given)) {
    for (const [file, text] of await predictGroup(group, planned, progress)) texts.set(file, text);
  }
  for (const file of missing) {
    note(`${file.file}: ${file.reason}; ${file.constant} throughout`);
    texts.set(file.file, formatConstantSubmission(file));
  }
  await writeFileAtomically(out, zipTexts(new Map([...texts].sort())));
  const filled = missing.length > 0 ? `, ${missing.length} of them without a model` : '';
  say(`written: ${out}, ${texts.size} files${filled}`);
}

/** What went wrong with a run: where what was given is to blame, an InputError that names the run. */
function ofRun(error: unknown, { path }: GlueRun): unknown {
  const blamed = error instanceof Error && 'fault' in error && error.fault === 'input';
  return blamed ? new InputError(`the run in ${path}: ${error.message}`) : error;
}

/** Runs over one base, which one engine predicts with. */
interface Group {
  readonly base: string;
  readonly options: RunOptions;
  readonly runs: readonly GlueRun[];
}

function runsByBase(runs: readonly GlueRun[], { engine, threads }: SubmitArguments): Group[] {
  const groups = new Map<string, Group>();
  for (const run of runs) {
    const { base, engine: usual, threads: own } = run.settings;
    const options = { engine: engine ?? usual, threads: threads ?? own };
    const key = JSON.stringify([base, options]);
    groups.set(key, { base, options, runs: [...(groups.get(key)?.runs ?? []), run] });
  }
  return [...groups.values()];
}

/** The texts of the files of all runs over a base, by their names: it is read once, and carries one diff at a time. */
async function predictGroup(
  { base: path, options, runs }: Group,
  planned: readonly PlannedFile[],
  progress: Progress,
): Promise<Map<string, string>> {
  progress.line(`reading the base ${path} of ${runs.map((run) => run.path).join(', ')}`);
  const { threads, engine } = options;
  const base = await showDownload(process.stderr, (view) =>
    loadBase(path, { engine, ...(threads && { threads }), ...view }),
  ).catch((error: unknown) => {
    throw ofRun(error, runs[0]!);
  });
  const texts = new Map<string, string>();
  for (const run of runs) {
    const files = planned.filter((file) => file.run === run);
    const predicted = await predictFiles(base, run, files, progress).catch((error: unknown) => {
      throw ofRun(error, run);
    });
    for (const [file, text] of predicted) texts.set(file, text);
  }
  return texts;
}

/** The texts of a run's files, by their names. The base is as it was afterwards, and no program of the run's is kept. */
async function predictFiles(
  base: Base,
  run: GlueRun,
  files: readonly PlannedFile[],
  progress: Progress,
): Promise<Map<string, string>> {
  checkTask(run.manifest, textRunTask(run.task), run.diff);
  const model = await applyDiff(base, run.diff);
  try {
    const texts = new Map<string, string>();
    for (const file of files) {
      const predictions = await predictSplit(model, run, file, progress);
      const fault = submissionFault(file, predictions);
      if (fault !== undefined) progress.line(`warning: the GLUE server will not take it: ${fault}`);
      texts.set(file.file, formatSubmission(run.task, predictions));
    }
    return texts;
  } finally {
    model.revert();
    await base.predictors.dispose();
  }
}

async function predictSplit(
  model: AppliedModel,
  { task, settings }: GlueRun,
  { file, split, data }: PlannedFile,
  progress: Progress,
): Promise<Prediction[]> {
  const { examples } = await readTask(data, task, split);
  const predictions = await model.predict(examples, settings.batchSize, (done, rows) =>
    progress.rows(file, done, rows),
  );
  progress.end();
  return predictions;
}
