import { writeFileAtomically } from '@diffprune/files/node';
import { checkOutputFile, InputError } from '@diffprune/command-line';
import { formatPredictions, type DataFormat, type Example } from '@diffprune/glue';
import { readTexts } from '@diffprune/glue/node';
import { showDownload } from '@diffprune/hub';
import {
  applyDiff,
  checkTexts,
  glueTask,
  loadBase,
  problemOf,
  type RunOptions,
} from '@diffprune/inference/node';
import type { Manifest } from '@diffprune/sparse-diff';
import { inspectFile } from '@diffprune/sparse-diff/node';

export interface PredictOptions extends RunOptions {
  readonly base: string;
  readonly diff: string;
  readonly text?: string;
  readonly textB?: string;
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

/** Writes predictions for a text, a pair or a file, to a file or the standard output. */
export async function predictCommand(options: PredictOptions): Promise<void> {
  checkOptions(options);
  const { engine, threads, batchSize, out, file, diff } = options;
  if (out !== undefined) {
    await checkOutputFile('--out', out, { '--file': file, '--diff': diff, '--base': options.base });
  }
  const { manifest } = await inspectFile(diff);
  checkLabels(manifest, diff);
  const examples = await examplesOf(options, manifest);
  checkTexts(manifest, examples);
  const base = await showDownload(process.stderr, (view) =>
    loadBase(options.base, { ...(engine && { engine }), ...(threads && { threads }), ...view }),
  );
  const model = await applyDiff(base, diff);
  const table = formatPredictions(problemOf(manifest), await model.predict(examples, batchSize));
  if (out === undefined) process.stdout.write(table);
  else await writeFileAtomically(out, table);
  await base.predictors.dispose();
}

/** @throws InputError for options that contradict or would be ignored */
function checkOptions(options: PredictOptions): void {
  if ((options.text === undefined) === (options.file === undefined)) {
    throw new InputError('give either --text (and --text-b for a pair) or --file');
  }
  if (options.text === undefined && options.textB !== undefined) {
    throw new InputError(
      '--text-b has no meaning beside --file; name the columns of its pairs with --columns',
    );
  }
  const ofFile = (['format', 'split', 'columns'] as const).find((name) => options[name] !== undefined);
  if (options.file === undefined && ofFile !== undefined) {
    throw new InputError(`--${ofFile} has no meaning beside --text; it is for --file`);
  }
  if (options.split !== undefined && options.columns !== undefined) {
    throw new InputError(
      '--split and --columns both say which columns hold the texts; leave one of them out',
    );
  }
}

/** @throws InputError for a label that a tab-separated table cannot hold */
function checkLabels({ labels }: Manifest, diff: string): void {
  const broken = labels.find((label) => /[\t\r\n]/.test(label));
  if (broken === undefined) return;
  throw new InputError(
    `${diff}: the label ${JSON.stringify(broken)} has a tab or a line break, so that no prediction file could hold it`,
  );
}

/** @throws DataFileError for a file that cannot be used, InputError for `--split` of a task without splits */
async function examplesOf(options: PredictOptions, { task: name }: Manifest): Promise<readonly Example[]> {
  const { text, textB, file, format, split, columns } = options;
  if (file === undefined) return [{ index: '0', textA: text!, ...(textB !== undefined && { textB }) }];
  const task = glueTask(name);
  if (split !== undefined && task === undefined) {
    throw new InputError(
      `--split is for the files of a GLUE task, which ${name || 'this'} is not; use --columns`,
    );
  }
  return readTexts(file, {
    ...(format && { format }),
    ...(columns && { columns }),
    ...(task && { task }),
    ...(split !== undefined && { split }),
  });
}
