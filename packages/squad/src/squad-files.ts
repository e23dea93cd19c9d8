import { findSplit, splitStems, type SplitFiles } from '@diffprune/glue';

/** The formats that questions may have, which are also the extensions of their files. */
export const questionFormats = ['json', 'jsonl', 'parquet'] as const;
export type QuestionFormat = (typeof questionFormats)[number];

/** Where a folder may hold its files, beside itself; the last two are those of the hub's `rajpurkar/squad` and `rajpurkar/squad_v2`. */
export const questionFolders = ['data/', 'plain_text/', 'squad_v2/'] as const;

/**
 * Finds a split among the files of a folder: SQuAD's own (`train-v1.1.json`, `dev-v2.0.json`), a part of one with a name
 * between (`train.subset-v1.1.json`), or `<split>.json`, `.jsonl` or `.parquet`, whole or in numbered parts
 * (`validation-00000-of-00001.parquet`). `dev` may be called `validation`, `valid` or `val`.
 *
 * @param names paths within the folder, with `/`
 * @param source the folder's name, for messages
 * @returns undefined if there is none
 * @throws DataFileError where the split is there more than once, or a part of it is missing
 */
export function findQuestions(
  names: readonly string[],
  split: string,
  source: string,
): SplitFiles<QuestionFormat> | undefined {
  const folders = new Set(['', ...questionFolders]);
  const stems = new Set(splitStems(split));
  return findSplit(names, split, source, {
    formats: questionFormats,
    has: (folder, stem) =>
      folders.has(folder) && stems.has(stem.replace(/-v\d+\.\d+$/, '').replace(/\.[^.]+$/, '')),
  });
}

/**
 * The files of all splits among those of a folder, which is what a data set of the hub must bring; none if there are no
 * files of questions.
 *
 * @param source the folder's name, for messages
 * @throws DataFileError as {@link findQuestions}
 */
export function squadFiles(names: readonly string[], source: string): string[] {
  return ['train', 'dev', 'test'].flatMap((split) => findQuestions(names, split, source)?.files ?? []);
}
