import { baseParameters, createTokenizer } from '@diffprune/bert';
import { loadCheckpoint } from '@diffprune/bert/node';
import { createEngine } from '@diffprune/engine';
import { readExamples, textTask } from '@diffprune/glue';
import { generateTask, opinionTask } from '@diffprune/samples';
import { sampleModelFolder } from '@diffprune/samples/node';
import type { DiffTensor } from '@diffprune/sparse-diff';
import { train } from '@diffprune/training';
import { parameterCount } from './memory-passes.ts';
import { density } from './random-diff.ts';

/** A diff, and the number of parameters of its base. */
export interface DiffOf {
  readonly parameters: number;
  readonly tensors: readonly DiffTensor[];
}

/** The diff that diff pruning learns for a sample task over the sample model. */
export async function trainedDiff(threads: number): Promise<DiffOf> {
  const folder = sampleModelFolder();
  const { config, tensors, tokenizerFiles } = await loadCheckpoint(folder);
  const tokenizer = createTokenizer(tokenizerFiles, config.vocabSize, folder);
  const file = Buffer.from(generateTask('opinion').train);
  const { examples } = readExamples(file, 'train.tsv', opinionTask, 'train');
  const task = textTask(opinionTask);
  const run = train({
    engine: await createEngine('cpu', { threads }),
    config,
    task,
    method: 'diff-pruning',
    base: new Map(baseParameters(config).map(({ name }) => [name, tensors.get(name)!])),
    options: { density, batchSize: 32 },
    train: task.encode(examples, tokenizer, 64),
    dev: {},
  });
  for (;;) {
    const { done, value } = await run.next();
    if (done) return { parameters: parameterCount(config), tensors: value };
  }
}
