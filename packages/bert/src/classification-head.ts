import { classNameOfExamples, scoreMasks, scoreParameters, scores, scoresInFiles } from './example-head.ts';
import { float32, int32, type HeadDefinition } from './head.ts';
import { named } from './layers.ts';
import { constantDistillationLoss, crossEntropyLoss, distillationLoss, entropy } from './loss.ts';

export interface ClassificationHead {
  readonly kind: 'classification';
  /** Number of classes, at least 2. */
  readonly labels: number;
}

/** One of several classes: the pooled first token's scores, `logits` [batch, labels] (Devlin et al. 2019, section 4.1). */
export const classification: HeadDefinition<ClassificationHead> = {
  kind: 'classification',
  title: 'a classification head',
  tokens: 'first',
  pooled: true,
  tied: false,

  create(labels) {
    if (!Number.isSafeInteger(labels) || labels < 2) {
      throw new RangeError(`a classification head needs at least 2 labels, not ${labels}`);
    }
    return { kind: 'classification', labels };
  },
  parameters: (config, { labels }) => scoreParameters(config, classification.create(labels).labels),
  batchInputs: () => ({}),
  dropoutMasks: scoreMasks,
  outputs: (encoded, inputs, config) => ({ logits: scores(encoded, inputs, config) }),

  labelInputs: ({ batch }) => ({ labels: int32(batch), example_weights: float32(batch) }),
  loss(outputs, inputs) {
    return crossEntropyLoss(
      named(outputs, 'logits'),
      named(inputs, 'labels'),
      named(inputs, 'example_weights'),
    );
  },
  constantLoss: ({ labels }) => entropy(labels!),
  distillation: {
    targets: ({ labels }, { batch }) => ({ logits: float32(batch, labels) }),
    loss(outputs, teacher, weights, temperature) {
      return distillationLoss(named(outputs, 'logits'), named(teacher, 'logits'), weights, temperature);
    },
    constantLoss: ({ logits }, temperature) => constantDistillationLoss(logits!, temperature),
  },

  find(files) {
    const labels = scoresInFiles(files);
    const { problem_type: type } = files.json;
    const other = type === 'multi_label_classification' || type === 'regression';
    return labels > 1 && !other ? { kind: 'classification', labels } : undefined;
  },
  onHub({ labels }, labelNames) {
    const names = labelNames ?? Array.from({ length: labels }, (_, label) => `LABEL_${label}`);
    return {
      className: classNameOfExamples,
      settings: {
        problem_type: 'single_label_classification',
        num_labels: labels,
        id2label: { ...names },
        label2id: Object.fromEntries(names.map((name, label) => [name, label])),
      },
    };
  },
  labelCount: ({ labels }) => labels,
};
