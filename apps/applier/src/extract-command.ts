import { checkOutputFile, describeValues, InputError } from '@diffprune/command-line';
import { showDownload } from '@diffprune/hub';
import { loadBase } from '@diffprune/inference/node';
import { extractPruned, extractTensors, type ValueCoding } from '@diffprune/sparse-diff';
import { writeDiff } from '@diffprune/sparse-diff/node';
import { describeExtracted, entriesOfBase, readFineTuned, tensorPairs } from './fine-tuned.ts';

export interface ExtractOptions {
  readonly base: string;
  readonly fineTuned: string;
  /** Fraction of base parameters to keep, in (0, 1]; of a pruned model all is kept. */
  readonly density?: number;
  readonly pruned?: boolean;
  readonly out: string;
  readonly task: string;
  /** Texts in an input, as the command line has it. */
  readonly texts?: '1' | '2';
  readonly values?: ValueCoding;
}

/**
 * Writes the difference between a base and a model fine-tuned from it as a diff: its largest entries, and the head; or a
 * pruned model whole.
 */
export async function extractCommand(options: ExtractOptions): Promise<void> {
  const { values = 'fp32', density, pruned = false, out } = options;
  if (pruned === (density !== undefined)) {
    throw new InputError('give either --density, or --pruned for a model that was pruned');
  }
  if (density !== undefined && !(density > 0 && density <= 1)) {
    throw new InputError(`--density must be above 0 and at most 1, not ${density}`);
  }
  await checkOutputFile('--out', out, { '--base': options.base, '--fine-tuned': options.fineTuned });
  const base = await showDownload(process.stderr, (view) => loadBase(options.base, view));
  const tuned = await readFineTuned(options.fineTuned, base, options.base);
  const pairs = () => tensorPairs(base, tuned);
  const tensors =
    density === undefined
      ? await extractPruned(pairs())
      : await extractTensors(pairs, { density, scope: 'global', of: base.parameters });
  const { parameters } = base;
  const kept = entriesOfBase(base, tensors);
  const manifest = describeExtracted(base, tuned, tensors, {
    task: options.task,
    method: pruned ? 'pruned-extraction' : 'magnitude-extraction',
    ...(options.texts !== undefined && { texts: Number(options.texts) as 1 | 2 }),
  });
  const reports = await writeDiff(out, { manifest, tensors }, { values });
  process.stderr.write(
    `wrote ${out}: ${kept} of ${parameters} parameters (density ${(kept / parameters).toPrecision(4)}), ` +
      `${describeValues(values, reports)}\n`,
  );
}
