import {
  configDifference,
  headParameters,
  headTitle,
  programParameters,
  serializeConfig,
  type EncoderConfig,
  type Checkpoint,
  type Head,
  type LoadedCheckpoint,
} from '@diffprune/bert';
import { loadCheckpoint, resolveCheckpoint } from '@diffprune/bert/node';
import { checkOutputFile, describeValues, InputError } from '@diffprune/command-line';
import { showDownload } from '@diffprune/hub';
import { answerKind, loadBase, type Base } from '@diffprune/inference/node';
import {
  createManifest,
  extractPruned,
  extractTensors,
  type Properties,
  type TensorPair,
  type ValueCoding,
} from '@diffprune/sparse-diff';
import { writeDiff } from '@diffprune/sparse-diff/node';
import { version } from './version.ts';

export interface ExtractOptions {
  readonly base: string;
  readonly fineTuned: string;
  /** Fraction of base parameters to keep, in (0, 1]; of a pruned model all is kept. */
  readonly density?: number;
  readonly pruned?: boolean;
  readonly out: string;
  readonly task: string;
  /** Texts in an input, as the command line has it. */
  readonly texts?: '1' | '2';
  readonly values?: ValueCoding;
}

/**
 * Writes the difference between a base and a model fine-tuned from it as a diff: its largest entries, and the head; or a
 * pruned model whole.
 */
export async function extractCommand(options: ExtractOptions): Promise<void> {
  const { values = 'fp32', density, pruned = false, out } = options;
  if (pruned === (density !== undefined)) {
    throw new InputError('give either --density, or --pruned for a model that was pruned');
  }
  if (density !== undefined && !(density > 0 && density <= 1)) {
    throw new InputError(`--density must be above 0 and at most 1, not ${density}`);
  }
  await checkOutputFile('--out', out, { '--base': options.base, '--fine-tuned': options.fineTuned });
  const base = await showDownload(process.stderr, (view) => loadBase(options.base, view));
  const tuned = await showDownload(process.stderr, async (view) =>
    loadCheckpoint(await resolveCheckpoint(options.fineTuned, view)),
  );
  checkArchitectures(base.config, tuned.config, options);
  const head = taskHead(tuned, options.fineTuned);
  const labels = labelsOf(tuned, head, options.fineTuned);
  if (headParameters(base.config, head).some(({ role }) => role === 'pooler')) {
    process.stderr.write("the base has no pooler: the fine-tuned model's is stored whole, with the head\n");
  }

  const pairs = () => tensorPairs(base, tuned, head);
  const tensors =
    density === undefined
      ? await extractPruned(pairs())
      : await extractTensors(pairs, { density, scope: 'global', of: base.parameters });
  const ofBase = tensors.filter(({ name }) => base.tensors.has(name));
  const kept = ofBase.reduce(
    (sum, { positions, values }) => sum + Math.max(positions.length, values.length),
    0,
  );
  const { parameters } = base;
  const known = answerKind(head.kind)!.known(options.task);
  const manifest = createManifest({
    base: {
      fingerprint: base.fingerprint,
      parameters,
      architecture: serializeConfig(base.config) as Properties,
    },
    task: options.task,
    labels,
    head: head.kind,
    method: pruned ? 'pruned-extraction' : 'magnitude-extraction',
    density: kept / parameters,
    tokenizer: base.tokenizerFingerprint,
    texts: options.texts === undefined ? known.texts : (Number(options.texts) as 1 | 2),
    hyperparameters: known.hyperparameters,
    producers: { '@diffprune/applier': version },
  });
  const reports = await writeDiff(out, { manifest, tensors }, { values });
  process.stderr.write(
    `wrote ${out}: ${kept} of ${parameters} parameters (density ${(kept / parameters).toPrecision(4)}), ` +
      `${describeValues(values, reports)}\n`,
  );
}

function checkArchitectures(
  base: EncoderConfig,
  tuned: EncoderConfig,
  { base: folder, fineTuned }: ExtractOptions,
): void {
  const difference = configDifference(tuned, serializeConfig(base));
  if (difference === undefined) return;
  const { key, found, expected } = difference;
  throw new InputError(
    `${fineTuned} was not made from ${folder}: "${key}" is ${JSON.stringify(found)} in the config.json of one, ` +
      `${JSON.stringify(expected)} in that of the other`,
  );
}

function taskHead({ heads, ignored }: LoadedCheckpoint, folder: string): Head {
  const head = heads.find(({ kind }) => answerKind(kind) !== undefined);
  if (head !== undefined) return head;
  const kinds = heads.map(headTitle);
  if (kinds.length === 0 && ignored.includes('classifier.weight'))
    kinds.push('a head that classifies each token, or of several labels at once');
  throw new InputError(
    `${folder} has ${kinds.length > 0 ? kinds.join(' and ') : 'no head'}, expected one that predicts classes or a score ` +
      `for a whole text (classifier.weight and .bias over a pooler), as BertForSequenceClassification has, or that finds ` +
      `answers in one (qa_outputs.weight and .bias), as BertForQuestionAnswering has`,
  );
}

function* tensorPairs(base: Base, tuned: Checkpoint, head: Head): Generator<TensorPair> {
  for (const { name, shape } of programParameters(base.config, head)) {
    yield { name, shape, base: base.tensors.get(name)?.data, tuned: tuned.tensors.get(name)! };
  }
}

function labelsOf(
  { labelNames, labelProblem }: LoadedCheckpoint,
  head: Head,
  folder: string,
): readonly string[] {
  if (labelProblem !== undefined) throw new InputError(`${folder}/config.json: ${labelProblem}`);
  if (head.kind !== 'classification') return [];
  return labelNames ?? Array.from({ length: head.labels }, (_, label) => `LABEL_${label}`);
}
