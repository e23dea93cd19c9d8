import { UnknownTaskError } from './errors.ts';
import type { SplitLayout, Task } from './task.ts';

type Columns = Omit<SplitLayout, 'file' | 'header'>;

/** Layout of a file whose first line names the columns. */
function tsv(file: string, columns: Columns): SplitLayout {
  return { file, header: true, ...columns };
}

/** `train`, `dev` and `test` of a task whose test files have the same texts, an index and no label. */
function usualSplits(folder: string, labelled: Columns, unlabelled: Columns): Task['splits'] {
  return {
    train: tsv('train.tsv', labelled),
    dev: tsv('dev.tsv', labelled),
    test: tsv('test.tsv', { ...unlabelled, index: unlabelled.index ?? 'index', submission: `${folder}.tsv` }),
  };
}

const cola: Task = {
  name: 'cola',
  folder: 'CoLA',
  problemType: 'single_label_classification',
  labels: ['unacceptable', 'acceptable'],
  values: ['0', '1'],
  fields: { textA: 'sentence' },
  metrics: ['matthews'],
  splits: {
    train: { file: 'train.tsv', header: false, textA: 3, label: 1 },
    dev: { file: 'dev.tsv', header: false, textA: 3, label: 1 },
    test: tsv('test.tsv', { textA: 'sentence', index: 'index', submission: 'CoLA.tsv' }),
  },
};

const sst2: Task = {
  name: 'sst2',
  folder: 'SST-2',
  problemType: 'single_label_classification',
  labels: ['negative', 'positive'],
  values: ['0', '1'],
  metrics: ['accuracy'],
  splits: usualSplits('SST-2', { textA: 'sentence', label: 'label' }, { textA: 'sentence' }),
};

const sentences = { textA: 'sentence1', textB: 'sentence2' };

const mrpcTexts = { textA: '#1 String', textB: '#2 String' };
const mrpc: Task = {
  name: 'mrpc',
  folder: 'MRPC',
  problemType: 'single_label_classification',
  labels: ['not_equivalent', 'equivalent'],
  values: ['0', '1'],
  fields: sentences,
  metrics: ['accuracy', 'f1'],
  splits: usualSplits('MRPC', { ...mrpcTexts, label: 'Quality' }, mrpcTexts),
};

const stsb: Task = {
  name: 'stsb',
  folder: 'STS-B',
  problemType: 'regression',
  labels: [],
  range: [0, 5],
  metrics: ['pearson', 'spearman'],
  splits: usualSplits('STS-B', { ...sentences, label: 'score', index: 'index' }, sentences),
};

/** QQP's train and dev files hold a few rows broken by line feeds inside a question; every loader drops them. */
const questions = { textA: 'question1', textB: 'question2', skipIncompleteRows: true };
const qqp: Task = {
  name: 'qqp',
  folder: 'QQP',
  problemType: 'single_label_classification',
  labels: ['not_duplicate', 'duplicate'],
  values: ['0', '1'],
  metrics: ['accuracy', 'f1'],
  splits: usualSplits(
    'QQP',
    { ...questions, label: 'is_duplicate', index: 'id' },
    { textA: 'question1', textB: 'question2', index: 'id' },
  ),
};

const mnliLabelled = { ...sentences, label: 'gold_label', index: 'index' };
const mnli: Task = {
  name: 'mnli',
  folder: 'MNLI',
  problemType: 'single_label_classification',
  labels: ['entailment', 'neutral', 'contradiction'],
  fields: { textA: 'premise', textB: 'hypothesis' },
  metrics: ['accuracy'],
  splits: {
    train: tsv('train.tsv', mnliLabelled),
    dev_matched: tsv('dev_matched.tsv', mnliLabelled),
    dev_mismatched: tsv('dev_mismatched.tsv', mnliLabelled),
    test_matched: tsv('test_matched.tsv', { ...sentences, index: 'index', submission: 'MNLI-m.tsv' }),
    test_mismatched: tsv('test_mismatched.tsv', { ...sentences, index: 'index', submission: 'MNLI-mm.tsv' }),
  },
};

const qnliTexts = { textA: 'question', textB: 'sentence', index: 'index' };
const qnli: Task = {
  name: 'qnli',
  folder: 'QNLI',
  problemType: 'single_label_classification',
  labels: ['entailment', 'not_entailment'],
  metrics: ['accuracy'],
  splits: usualSplits('QNLI', { ...qnliTexts, label: 'label' }, qnliTexts),
};

const rte: Task = {
  name: 'rte',
  folder: 'RTE',
  problemType: 'single_label_classification',
  labels: ['entailment', 'not_entailment'],
  metrics: ['accuracy'],
  splits: usualSplits('RTE', { ...sentences, label: 'label', index: 'index' }, sentences),
};

const wnli: Task = {
  name: 'wnli',
  folder: 'WNLI',
  problemType: 'single_label_classification',
  labels: ['not_entailment', 'entailment'],
  values: ['0', '1'],
  metrics: ['accuracy'],
  splits: usualSplits('WNLI', { ...sentences, label: 'label', index: 'index' }, sentences),
};

/**
 * The nine tasks of GLUE (Wang et al. 2019, table 1), with the columns of the benchmark's original files and the
 * names and order of labels of the `nyu-mll/glue` data set.
 */
export const glueTasks: readonly Task[] = [cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli];

/**
 * Finds a task by name, whatever its case and punctuation: `sst2`, `SST-2` and `sst_2` are one task.
 *
 * @param tasks where to look; pass your own with or instead of `glueTasks`
 * @throws UnknownTaskError if there is none, listing those there are
 */
export function findTask(name: string, tasks: readonly Task[] = glueTasks): Task {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const found = tasks.find((task) => plain(task.name) === plain(name));
  if (found === undefined) {
    const known = tasks.map((task) => task.name).join(', ');
    throw new UnknownTaskError(`unknown task "${name}"; known tasks: ${known}`);
  }
  return found;
}
