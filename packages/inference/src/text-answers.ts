import { shortestRow, textCodec, type Example, type Prediction } from '@diffprune/glue';
import type { AnswerKind } from './answer-kind.ts';
import { InferenceError } from './errors.ts';
import { checkTexts, glueTexts, problemOf } from './task.ts';

/** Classes or scores of texts and pairs; BERT's usual length for GLUE is 128. */
export const textAnswers: AnswerKind<Example, Prediction> = {
  inputs: (texts) => ['', 'single texts', 'pairs of texts'][texts]!,
  usualLength: 128,
  known: (task) => ({ texts: glueTexts(task), hyperparameters: {} }),
  codec: (manifest) => textCodec(problemOf(manifest)),
  ask(manifest, given, maxLength) {
    const { task } = manifest;
    const examples = given as readonly Example[];
    const other = examples.findIndex(({ textA }) => typeof textA !== 'string');
    if (other >= 0) {
      throw new InferenceError(
        `task ${task} takes texts, but example ${other} has none: ask this model by classify(model, text)`,
      );
    }
    checkTexts(manifest, examples);
    const texts = examples.some(({ textB }) => textB !== undefined) ? 2 : 1;
    if (maxLength < shortestRow(texts)) {
      throw new InferenceError(
        `inputs of task ${task} are cut at ${maxLength} tokens, too few for these texts`,
      );
    }
    return examples.map(({ label: _, ...unlabelled }) => unlabelled);
  },
  nameOf: (row, examples) => examples[row]!.index,
};
