import { readFile } from 'node:fs/promises';
import { readBase, ResidentBase, type Input } from '@diffprune/inference/node';
import { sampleDiffs, sampleModelFolder } from '@diffprune/samples/node';

export const texts = ['The soup was not bad, but the waiter was rude.', 'We liked the garden.'] as const;
export const pair = {
  textA: 'A girl is singing a song in the park.',
  textB: 'The child is making music outside.',
} as const;

let base: Promise<ResidentBase> | undefined;

async function open(): Promise<ResidentBase> {
  const base = await ResidentBase.create(await readBase(sampleModelFolder()));
  for (const path of Object.values(sampleDiffs)) await base.add(await readFile(path));
  return base;
}

/** What Node answers with a sample diff: probabilities in the labels' order, or a score. */
export async function nodeAnswer(task: string, input: Input): Promise<number[]> {
  const { score, probabilities } = await (await (base ??= open())).task(task).classify(input);
  return score === undefined ? [...probabilities!.values()] : [score];
}

export async function disposeNode(): Promise<void> {
  (await base)?.dispose();
}
