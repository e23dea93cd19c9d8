import type { Texts } from './state.ts';

/** What the page knows of a task that its file does not say. */
export interface KnownTask {
  /** What it answers, as a question. */
  readonly question: string;
  /** Of a regression's scores. */
  readonly range?: readonly [number, number];
  readonly examples?: readonly Partial<Texts[keyof Texts]>[];
}

const pairs = {
  singing: {
    textA: 'A girl is singing a song in the park.',
    textB: 'The child is making music outside.',
  },
  swimming: {
    textA: 'A woman is swimming in the lake.',
    textB: 'The woman is playing an instrument.',
  },
  beach: {
    textA: 'A man is playing the guitar in the park.',
    textB: 'A man is playing the guitar on the beach.',
  },
};

/** By name: the sample tasks, and those of GLUE and SQuAD. */
const known: Readonly<Record<string, KnownTask>> = {
  opinion: {
    question: 'Is the writer pleased?',
    examples: [
      { textA: 'The soup was not bad, but the waiter was rude.' },
      { textA: 'Although I never liked the pool, I found the bread very pleasant.' },
      { textA: 'The room was not clean.' },
    ],
  },
  inference: {
    question: 'Does the second sentence follow from the first?',
    examples: [pairs.singing, pairs.swimming, pairs.beach],
  },
  similarity: {
    question: 'How alike are the two scenes?',
    range: [0, 5],
    examples: [pairs.beach, pairs.singing, pairs.swimming],
  },
  cola: { question: 'Is it good English?' },
  sst2: {
    question: 'Is the reviewer pleased?',
    examples: [{ textA: 'a gorgeous, witty film' }, { textA: 'unflinchingly bleak and desperate' }],
  },
  mrpc: { question: 'Do the two sentences say the same?' },
  stsb: { question: 'How alike are the two sentences?', range: [0, 5] },
  qqp: { question: 'Do the two questions ask the same?' },
  mnli: { question: 'Does the second sentence follow from the first?' },
  qnli: { question: 'Does the sentence answer the question?' },
  rte: { question: 'Does the second sentence follow from the first?' },
  wnli: { question: 'Does the second sentence follow from the first?' },
};

/** @param task as its manifest names it */
export function knownTask(task: string): KnownTask {
  if (Object.hasOwn(known, task)) return known[task]!;
  return { question: task.startsWith('squad') ? 'Where does the text answer the question?' : '' };
}
