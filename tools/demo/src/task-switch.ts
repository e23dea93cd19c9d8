import { applyDiff, classify, loadBase, type Answer, type Input } from '@diffprune/inference/node';
import { readDiff } from '@diffprune/sparse-diff/node';

/** What one model says of one input, and how long the switch to it took. */
export interface Switch {
  readonly task: string;
  readonly milliseconds: number;
  readonly answer: Answer;
}

/** Times around: the first compile programs, and Node compiles what it runs often. */
const rounds = 5;

/**
 * Puts each task's diff in turn on one base, asks it, and takes it off for the next, several times around.
 *
 * @returns for each task its answer and the median time of a switch: apply and revert, without the question
 */
export async function switchTasks(
  baseFolder: string,
  tasks: readonly { readonly diff: string; readonly input: Input }[],
): Promise<Switch[]> {
  const base = await loadBase(baseFolder);
  const diffs = await Promise.all(
    tasks.map(async ({ diff, input }) => ({ diff: await readDiff(diff), input })),
  );
  const switches: Switch[] = [];
  for (let round = 0; round < rounds; round++) {
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
  }
  await base.predictors.dispose();
  return diffs.map(({ diff }) => {
    const same = switches.filter(({ task }) => task === diff.manifest.task);
    return same.sort((a, b) => a.milliseconds - b.milliseconds)[Math.floor(rounds / 2)]!;
  });
}
