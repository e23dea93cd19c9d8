import type { GenerateOptions } from './generate.ts';
import { generateTask } from './generate.ts';
import type { SampleTaskName } from './tasks.ts';

/** Writes a sample task's `train.tsv` and `dev.tsv` to a folder, which is made if need be (Node only). */
export async function writeTask(
  folder: string,
  name: SampleTaskName,
  options: GenerateOptions = {},
): Promise<void> {
  const [{ mkdir, writeFile }, { join }] = await Promise.all([
    import('node:fs/promises'),
    import('node:path'),
  ]);
  await mkdir(folder, { recursive: true });
  for (const [split, text] of Object.entries(generateTask(name, options))) {
    await writeFile(join(folder, `${split}.tsv`), text);
  }
}
