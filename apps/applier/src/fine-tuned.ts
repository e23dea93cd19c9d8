import {
  configDifference,
  headParameters,
  headTitle,
  programParameters,
  serializeConfig,
  type EncoderConfig,
  type Head,
  type LoadedCheckpoint,
} from '@diffprune/bert';
import { loadCheckpoint, resolveCheckpoint } from '@diffprune/bert/node';
import { InputError } from '@diffprune/command-line';
import { showDownload } from '@diffprune/hub';
import { answerKind, type Base } from '@diffprune/inference/node';
import {
  createManifest,
  type DiffTensor,
  type Manifest,
  type Properties,
  type TensorPair,
} from '@diffprune/sparse-diff';
import { version } from './this-package.ts';

/** A model that was fine-tuned from a base, with a head that answers. */
export interface FineTuned {
  /** As it was given. */
  readonly given: string;
  readonly checkpoint: LoadedCheckpoint;
  readonly head: Head;
  readonly labels: readonly string[];
}

/**
 * Reads a fine-tuned model: a Hugging Face folder, or a model of the hub.
 *
 * @param baseName what messages call the base
 * @throws InputError for one that is not of the base's architecture, without a head that answers, or with labels that do
 *   not fit it; what the readers throw for one that cannot be read
 */
export async function readFineTuned(given: string, base: Base, baseName: string): Promise<FineTuned> {
  const checkpoint = await showDownload(process.stderr, async (view) =>
    loadCheckpoint(await resolveCheckpoint(given, view)),
  );
  checkArchitectures(base.config, checkpoint.config, given, baseName);
  const head = taskHead(checkpoint, given);
  const labels = labelsOf(checkpoint, head, given);
  if (headParameters(base.config, head).some(({ role }) => role === 'pooler')) {
    process.stderr.write("the base has no pooler: the fine-tuned model's is stored whole, with the head\n");
  }
  return { given, checkpoint, head, labels };
}

/** Each tensor of a fine-tuned model beside the base's; those of the head, and a pooler that the base lacks, alone. */
export function* tensorPairs(base: Base, { checkpoint, head }: FineTuned): Generator<TensorPair> {
  for (const { name, shape } of programParameters(base.config, head)) {
    yield { name, shape, base: base.tensors.get(name)?.data, tuned: checkpoint.tensors.get(name)! };
  }
}

/** How many of the base's entries a diff gives a value. */
export function entriesOfBase(base: Base, tensors: readonly DiffTensor[]): number {
  const ofBase = tensors.filter(({ name }) => base.tensors.has(name));
  return ofBase.reduce((sum, { positions, values }) => sum + Math.max(positions.length, values.length), 0);
}

/** What the diff of a fine-tuned model says of itself. */
export function describeExtracted(
  base: Base,
  { head, labels }: FineTuned,
  tensors: readonly DiffTensor[],
  {
    task,
    method,
    texts,
    annotations,
  }: Pick<Manifest, 'task' | 'method'> & Partial<Pick<Manifest, 'texts' | 'annotations'>>,
): Manifest {
  const { fingerprint, parameters, config, tokenizerFingerprint } = base;
  const known = answerKind(head.kind)!.known(task);
  return createManifest({
    base: { fingerprint, parameters, architecture: serializeConfig(config) as Properties },
    task,
    labels,
    head: head.kind,
    method,
    density: entriesOfBase(base, tensors) / parameters,
    tokenizer: tokenizerFingerprint,
    texts: texts ?? known.texts,
    hyperparameters: known.hyperparameters,
    ...(annotations && { annotations }),
    producers: { '@diffprune/applier': version },
  });
}

function checkArchitectures(
  base: EncoderConfig,
  tuned: EncoderConfig,
  given: string,
  baseName: string,
): void {
  const difference = configDifference(tuned, serializeConfig(base));
  if (difference === undefined) return;
  const { key, found, expected } = difference;
  throw new InputError(
    `${given} was not made from ${baseName}: "${key}" is ${JSON.stringify(found)} in the config.json of one, ` +
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

function labelsOf(
  { labelNames, labelProblem }: LoadedCheckpoint,
  head: Head,
  folder: string,
): readonly string[] {
  if (labelProblem !== undefined) throw new InputError(`${folder}/config.json: ${labelProblem}`);
  if (head.kind !== 'classification') return [];
  return labelNames ?? Array.from({ length: head.labels }, (_, label) => `LABEL_${label}`);
}
