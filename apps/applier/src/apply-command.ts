import { exportTokenizerFiles } from '@diffprune/bert';
import { writeCheckpoint } from '@diffprune/bert/node';
import { checkOutputFolder, InputError, programNames } from '@diffprune/command-line';
import { showDownload } from '@diffprune/hub';
import { applyDiff, loadBase, problemOf, trainedLength } from '@diffprune/inference/node';
import { inspectFile } from '@diffprune/sparse-diff/node';
import { assertEmpty } from './output-folder.ts';

export interface ApplyOptions {
  readonly base: string;
  readonly diff: string;
  readonly out: string;
  readonly force?: boolean;
}

/**
 * Writes base + diff as a plain Hugging Face folder: with the head, the names of the labels, and a tokenizer that knows
 * how long the diff's inputs are, so that other libraries give the same answers.
 */
export async function applyCommand({ base: folder, diff, out, force }: ApplyOptions): Promise<void> {
  await checkOutputFolder('--out', out, { '--base': folder });
  if (!force) await assertEmpty(out, ', or write over them with --force');
  const { manifest: described } = await inspectFile(diff);
  if (described.adapters !== undefined) {
    throw new InputError(
      `${diff} brings adapters, layers that no plain Hugging Face folder can hold; answer with base and diff as they ` +
        `are, by ${programNames(process.env).apply} predict, or train another method's diff`,
    );
  }
  const base = await showDownload(process.stderr, (view) => loadBase(folder, view));
  const { manifest, head } = await applyDiff(base, diff);
  const tensors = new Map([...base.tensors].map(([name, { data }]) => [name, data]));
  const { labels } = problemOf(manifest);
  const { config, tokenizer } = base;
  const maxLength = trainedLength(manifest, config);
  const tokenizerFiles = exportTokenizerFiles(base.tokenizerFiles, tokenizer.description, maxLength);
  await writeCheckpoint(out, {
    config,
    tensors,
    heads: [head],
    ...(labels.length > 0 && { labelNames: labels }),
    tokenizerFiles,
  });
  process.stderr.write(`wrote ${out}: ${folder} with the diff of ${manifest.task}\n`);
}
