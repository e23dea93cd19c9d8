import { UnknownTaskError } from './errors.ts';
import type { SplitLayout, Submission, Task } from './task.ts';

type Columns = Omit<SplitLayout, 'file' | 'header'>;

/** Layout of a file whose first line names the columns. */
function tsv(file: string, columns: Columns): SplitLayout {
  return { file, header: true, ...columns };
}

/** `train`, `dev` and `test` of a task whose test files have the same texts, an index and no label. */
function usualSplits(labelled: Columns, unlabelled: Columns, submission: Submission): Task['splits'] {
  return {
    train: tsv('train.tsv', labelled),
    dev: tsv('dev.tsv', labelled),
    test: tsv('test.tsv', { index: 'index', ...unlabelled, submission }),
  };
}

/** What the GLUE server takes for a test set; see `Submission`. */
function submission(file: string, rows: number, constant: string): Submission {
  return { file, rows, constant };
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
    test: tsv('test.tsv', {
      textA: 'sentence',
      index: 'index',
      submission: submission('CoLA.tsv', 1063, 'acceptable'),
    }),
  },
};

const sst2: Task = {
  name: 'sst2',
  folder: 'SST-2',
  problemType: 'single_label_classification',
  labels: ['negative', 'positive'],
  values: ['0', '1'],
  metrics: ['accuracy'],
  splits: usualSplits(
    { textA: 'sentence', label: 'label' },
    { textA: 'sentence' },
    submission('SST-2.tsv', 1821, 'positive'),
  ),
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
  splits: usualSplits(
    { ...mrpcTexts, label: 'Quality' },
    mrpcTexts,
    submission('MRPC.tsv', 1725, 'equivalent'),
  ),
};

const stsb: Task = {
  name: 'stsb',
  folder: 'STS-B',
  problemType: 'regression',
  labels: [],
  range: [0, 5],
  metrics: ['pearson', 'spearman'],
  splits: usualSplits(
    { ...sentences, label: 'score', index: 'index' },
    sentences,
    submission('STS-B.tsv', 1379, '2.701'),
  ),
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
    { ...questions, label: 'is_duplicate', index: 'id' },
    { textA: 'question1', textB: 'question2', index: 'id' },
    submission('QQP.tsv', 390_965, 'not_duplicate'),
  ),
};

const mnliTexts = { ...sentences, index: 'index' };
const mnliLabelled = { ...mnliTexts, label: 'gold_label' };
/**
 * GLUE's diagnostic set, AX, is a split here and no task of its own: it has no examples to train on, it asks what MNLI
 * asks, and the server wants what MNLI's model says of it.
 */
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
    test_matched: tsv('test_matched.tsv', {
      ...mnliTexts,
      submission: submission('MNLI-m.tsv', 9796, 'contradiction'),
    }),
    test_mismatched: tsv('test_mismatched.tsv', {
      ...mnliTexts,
      submission: submission('MNLI-mm.tsv', 9847, 'contradiction'),
    }),
    ax: tsv('diagnostic.tsv', {
      ...mnliTexts,
      submission: submission('AX.tsv', 1104, 'contradiction'),
      elsewhere: ['AX', 'AX/AX', 'diagnostic/diagnostic', 'ax/test'],
    }),
  },
};

const qnliTexts = { textA: 'question', textB: 'sentence', index: 'index' };
const qnli: Task = {
  name: 'qnli',
  folder: 'QNLI',
  problemType: 'single_label_classification',
  labels: ['entailment', 'not_entailment'],
  metrics: ['accuracy'],
  splits: usualSplits(
    { ...qnliTexts, label: 'label' },
    qnliTexts,
    submission('QNLI.tsv', 5463, 'not_entailment'),
  ),
};

const rte: Task = {
  name: 'rte',
  folder: 'RTE',
  problemType: 'single_label_classification',
  labels: ['entailment', 'not_entailment'],
  metrics: ['accuracy'],
  splits: usualSplits(
    { ...sentences, label: 'label', index: 'index' },
    sentences,
    submission('RTE.tsv', 3000, 'entailment'),
  ),
};

const wnli: Task = {
  name: 'wnli',
  folder: 'WNLI',
  problemType: 'single_label_classification',
  labels: ['not_entailment', 'entailment'],
  values: ['0', '1'],
  metrics: ['accuracy'],
  splits: usualSplits(
    { ...sentences, label: 'label', index: 'index' },
    sentences,
    submission('WNLI.tsv', 146, 'not_entailment'),
  ),
};

/**
 * The nine tasks of GLUE (Wang et al. 2019, table 1), with the columns of the benchmark's original files and the
 * names and order of labels of the `nyu-mll/glue` data set.
 */
export const glueTasks: readonly Task[] = [cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli];

/**
 * Finds one of GLUE's tasks by name, whatever its case and punctuation: `sst2`, `SST-2` and `sst_2` are one task.
 *
 * @throws UnknownTaskError if there is none, listing those there are
 */
export function findTask(name: string): Task;
/**
 * The same among tasks of any kind.
 *
 * @param tasks where to look, such as your own and `glueTasks`
 */
export function findTask<Named extends { readonly name: string }>(
  name: string,
  tasks: readonly Named[],
): Named;
export function findTask(
  name: string,
  tasks: readonly { readonly name: string }[] = glueTasks,
): { readonly name: string } {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const found = tasks.find((task) => plain(task.name) === plain(name));
  if (found === undefined) {
    const known = tasks.map((task) => task.name).join(', ');
    throw new UnknownTaskError(`unknown task "${name}"; known tasks: ${known}`);
  }
  return found;
}
