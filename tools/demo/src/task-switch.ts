import { applyDiff, classify, loadBase, type Answer, type Input } from '@diffprune/applier';
import { readDiff } from '@diffprune/sparse-diff/node';

/** What one model says of one input, and how long the switch to it took. */
export interface Switch {
  readonly task: string;
  readonly milliseconds: number;
  readonly answer: Answer;
}

/**
 * Puts each task's diff in turn on one base, asks it, and takes it off for the next: twice around, of which the
 * second is returned, when nothing is compiled any more.
 */
export async function switchTasks(
  baseFolder: string,
  tasks: readonly { readonly diff: string; readonly input: Input }[],
): Promise<Switch[]> {
  const base = await loadBase(baseFolder);
  const diffs = await Promise.all(
    tasks.map(async ({ diff, input }) => ({ diff: await readDiff(diff), input })),
  );
  const around = async (): Promise<Switch[]> => {
    const switches: Switch[] = [];
    for (const { diff, input } of diffs) {
      const began = performance.now();
      const model = await applyDiff(base, diff);
      const applied = performance.now() - began;
      const answer = await classify(model, input);
      const reverting = performance.now();
      model.revert();
      const milliseconds = applied + performance.now() - reverting;
      switches.push({ task: diff.manifest.task, milliseconds, answer });
    }
    return switches;
  };
  await around();
  const switches = await around();
  await base.predictors.dispose();
  return switches;
}
