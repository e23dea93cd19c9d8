import { writeFileAtomically } from '@diffprune/files/node';
import { checkOutputFile, InputError, showRows } from '@diffprune/command-line';
import { showDownload } from '@diffprune/hub';
import { applyDiff, loadBase } from '@diffprune/inference/node';
import type { Manifest } from '@diffprune/sparse-diff';
import { inspectFile } from '@diffprune/sparse-diff/node';
import type { Ask, PredictOptions } from './ask.ts';
import { askQuestions } from './ask-questions.ts';
import { askTexts } from './ask-texts.ts';

/** Reads what a diff's model is to be asked, by its kind of head. */
const askers: Readonly<Record<string, (options: PredictOptions, manifest: Manifest) => Promise<Ask>>> = {
  classification: askTexts,
  regression: askTexts,
  span: askQuestions,
};

/** Writes predictions for a text, a pair, a question or a file, to a file or the standard output. */
export async function predictCommand(options: PredictOptions): Promise<void> {
  checkOptions(options);
  const { engine, threads, out, file, diff } = options;
  if (out !== undefined) {
    await checkOutputFile('--out', out, { '--file': file, '--diff': diff, '--base': options.base });
  }
  const { manifest } = await inspectFile(diff);
  const asker = Object.hasOwn(askers, manifest.head) ? askers[manifest.head] : undefined;
  // a head that answers nothing is refused as the diff is applied
  const ask = await asker?.(options, manifest);
  const base = await showDownload(process.stderr, (view) =>
    loadBase(options.base, { ...(engine && { engine }), ...(threads && { threads }), ...view }),
  );
  const model = await applyDiff(base, diff);
  const view = showRows(process.stderr);
  const answers = await ask!(model, (done, rows) => view.rows('predicted', done, rows)).finally(view.end);
  if (out === undefined) process.stdout.write(answers);
  else await writeFileAtomically(out, answers);
  await base.predictors.dispose();
}

/** @throws InputError for options that contradict or would be ignored, whatever the diff is for */
function checkOptions(options: PredictOptions): void {
  const { text, textB, question, context, file, split, columns } = options;
  if ([text, question, file].filter((given) => given !== undefined).length !== 1) {
    throw new InputError(
      'give either --text (and --text-b for a pair), or --question and --context, or --file',
    );
  }
  if (text === undefined && textB !== undefined) {
    const instead = file === undefined ? '' : '; name the columns of its pairs with --columns';
    throw new InputError(
      `--text-b has no meaning beside ${file === undefined ? '--question' : '--file'}${instead}`,
    );
  }
  if ((question === undefined) !== (context === undefined)) {
    throw new InputError('--question and --context belong together: give both');
  }
  const ofFile = (['format', 'split', 'columns'] as const).find((name) => options[name] !== undefined);
  if (file === undefined && ofFile !== undefined) {
    const beside = text === undefined ? '--question' : '--text';
    throw new InputError(`--${ofFile} has no meaning beside ${beside}; it is for --file`);
  }
  if (split !== undefined && columns !== undefined) {
    throw new InputError(
      '--split and --columns both say which columns hold the texts; leave one of them out',
    );
  }
}
