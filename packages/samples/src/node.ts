import { fileURLToPath } from 'node:url';
import type { SampleTaskName } from './tasks.ts';

/** The folder of the sample model, in Hugging Face's layout; see `sampleModelUrls`. */
export function sampleModelFolder(): string {
  return fileURLToPath(new URL('../model', import.meta.url));
}

const diff = (task: SampleTaskName): string =>
  fileURLToPath(new URL(`../diffs/${task}.sdiff`, import.meta.url));

/** Paths of a trained diff of the sample model for each sample task. */
export const sampleDiffs: Readonly<Record<SampleTaskName, string>> = {
  opinion: diff('opinion'),
  inference: diff('inference'),
  similarity: diff('similarity'),
};
