import { inferenceLabels } from './inference.ts';
import { opinionLabels } from './opinion.ts';

/** Columns by their name in the header line. */
interface Columns {
  readonly textA: string;
  readonly textB?: string;
  readonly label: string;
  readonly index?: string;
}

function splits(columns: Columns) {
  return {
    train: { file: 'train.tsv', header: true, ...columns },
    dev: { file: 'dev.tsv', header: true, ...columns },
  };
}

const pairColumns = { textA: 'sentence1', textB: 'sentence2', index: 'index' };

/** Is the writer pleased? One sentence; negation and contrast turn words round. */
export const opinionTask = {
  name: 'opinion',
  folder: 'Opinion',
  problemType: 'single_label_classification',
  labels: opinionLabels,
  metrics: ['accuracy'],
  splits: splits({ textA: 'sentence', label: 'label' }),
} as const;

/** Does the second sentence follow from the first? */
export const inferenceTask = {
  name: 'inference',
  folder: 'Inference',
  problemType: 'single_label_classification',
  labels: inferenceLabels,
  metrics: ['accuracy'],
  splits: splits({ ...pairColumns, label: 'label' }),
} as const;

/** How alike are the two scenes, from 0 to 5? */
export const similarityTask = {
  name: 'similarity',
  folder: 'Similarity',
  problemType: 'regression',
  labels: [],
  range: [0, 5],
  metrics: ['pearson', 'spearman'],
  splits: splits({ ...pairColumns, label: 'score' }),
} as const;

/** The three sample tasks, described as GLUE's are. */
export const sampleTasks = [opinionTask, inferenceTask, similarityTask] as const;

export type SampleTaskName = (typeof sampleTasks)[number]['name'];
