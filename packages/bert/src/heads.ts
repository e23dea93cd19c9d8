import type { EncoderConfig } from './architecture.ts';
import { adapterParameters, architectureOf, baseParameters } from './architectures.ts';
import { classification } from './classification-head.ts';
import type { HeadDefinition, HeadFiles, Labels } from './head.ts';
import { maskedLm } from './masked-lm-head.ts';
import type { ParameterSpec } from './parameters.ts';
import { pretraining } from './pretraining-head.ts';
import { regression } from './regression-head.ts';
import { span } from './span-head.ts';

/** All heads that there are: a new one is a line here. */
const definitions = [classification, regression, span, maskedLm, pretraining] as const;

/** A task's output layer. */
export type Head = ReturnType<(typeof definitions)[number]['create']>;
export type HeadKind = Head['kind'];

/** All that is known of heads of this kind. */
export function headDefinition({ kind }: { readonly kind: string }): HeadDefinition<Head> {
  const found = definitions.find((definition) => definition.kind === kind);
  if (found === undefined) {
    throw new RangeError(`no head "${kind}"; there are ${definitions.map(({ kind }) => kind).join(', ')}`);
  }
  return found as HeadDefinition<Head>;
}

/**
 * The head of this kind for so many labels; 0 where it has none.
 *
 * @throws RangeError for a kind that there is not, or a number of labels that it cannot have
 */
export function createHead(kind: string, labels: number): Head {
  return headDefinition({ kind }).create(labels);
}

/** The heads that a model's files hold whole. */
export function findHeads(files: HeadFiles): Head[] {
  const found = definitions.map((definition) => definition.find(files) as Head | undefined);
  return found.filter((head) => head !== undefined).filter((head) => isWhole(files, head));
}

function isWhole({ config, shape }: HeadFiles, head: Head): boolean {
  return headParameters(config, head).every(({ name }) => shape(name) !== undefined);
}

/** What messages call a head: `a question-answering head (qa_outputs)`. */
export function headTitle(head: Head): string {
  return headDefinition(head).title;
}

/** Whether a head scores whole examples and so reads nothing but the pooled first token. */
export function scoresExamples(head: Head): boolean {
  return headDefinition(head).tokens === 'first';
}

/**
 * The parameters of a head, with a pooler where it reads one and the base has none.
 *
 * @throws RangeError for a classification head with fewer than 2 labels
 */
export function headParameters(config: EncoderConfig, head: Head): ParameterSpec[] {
  const definition = headDefinition(head);
  const needsPooler = definition.pooled && !config.pooler;
  const pooler = needsPooler ? architectureOf(config).poolerParameters(config) : [];
  return [
    ...pooler.map((spec): ParameterSpec => ({ ...spec, kind: 'head' })),
    ...definition.parameters(config, head),
  ];
}

/** What a model has beside the base: its adapters, then its head. */
export function addedParameters(config: EncoderConfig, head: Head): ParameterSpec[] {
  return [...adapterParameters(config), ...headParameters(config, head)];
}

/**
 * The parameters that a program with this head reads: all of the base, without the pooler where the head does not
 * use it, then those of {@link addedParameters}.
 */
export function programParameters(config: EncoderConfig, head: Head): ParameterSpec[] {
  const { pooled } = headDefinition(head);
  const base = baseParameters(config).filter(({ kind }) => kind !== 'pooler' || pooled);
  return [...base, ...addedParameters(config, head)];
}

/**
 * The least loss that the same prediction for every row can have: the labels' entropy in nats where they are classes,
 * else their variance.
 *
 * @param labels of the rows, by the names of the program's inputs
 */
export function constantLoss(head: Head, labels: Labels): number {
  return headDefinition(head).constantLoss(labels);
}
