import { writeFileAtomically } from '@diffprune/files/node';
import { checkOutputFile } from '@diffprune/command-line';
import { toSafetensors } from '@diffprune/sparse-diff';
import { readDiff } from '@diffprune/sparse-diff/node';

export interface ExportOptions {
  readonly diff: string;
  readonly out: string;
}

/** Writes a diff's positions and values as plain tensors, for readers in other languages. */
export async function exportCommand({ diff, out }: ExportOptions): Promise<void> {
  await checkOutputFile('--out', out, { '--diff': diff });
  await writeFileAtomically(out, toSafetensors(await readDiff(diff)));
  process.stderr.write(`wrote ${out}\n`);
}
