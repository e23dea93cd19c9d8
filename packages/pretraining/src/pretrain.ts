import { withoutDropout, type EncoderConfig, type Tensors } from '@diffprune/bert';
import type { Engine } from '@diffprune/engine';
import {
  createModel,
  DenseParameters,
  headObjective,
  runStage,
  weightGroup,
  withGradient,
  type EvaluationEvent,
  type Snapshot,
  type StepEvent,
  type TensorSource,
} from '@diffprune/training';
import { PretrainingBatches, type PretrainingVocabulary } from './pretraining-batches.ts';
import { PretrainingEvaluator, type PretrainingEvaluation } from './pretraining-evaluator.ts';
import { validatePretraining, type PretrainingOptions } from './pretraining-options.ts';
import type { TokenText } from './sentence-pair.ts';

/** Everything that a pretraining run takes. */
export interface PretrainingRun {
  readonly engine: Engine;
  readonly config: EncoderConfig;
  readonly vocabulary: PretrainingVocabulary;
  readonly options: PretrainingOptions;
  /** Values of all base parameters and the pretraining head's: each is asked for once, and copied. */
  readonly parameters: TensorSource;
  readonly train: TokenText;
  readonly heldOut: TokenText;
}

/** What happens in pretraining, in order. */
export type PretrainingEvent = StepEvent | EvaluationEvent<PretrainingEvaluation>;

/**
 * Trains a BERT as a masked language model that also tells whether the second segment of a row follows the first
 * (Devlin et al. 2019, section 3.1), and yields what happens. Nothing is dropped out, as in ALBERT (Lan et al. 2020,
 * section 4.8): a model that sees its text about once does not overfit. The run is a function of its inputs, as in
 * `train`.
 *
 * @param from where to go on
 * @returns all parameters by name, in the memory they were trained in
 * @throws OptionError for an option out of range, RangeError for a text that is too short, DivergenceError when the
 *   loss is not finite
 */
export async function* pretrain(
  run: PretrainingRun,
  from?: Snapshot,
): AsyncGenerator<PretrainingEvent, Tensors> {
  const { engine, options, vocabulary } = run;
  validatePretraining(options, run.config);
  const head = { kind: 'pretraining' } as const;
  const batches = new PretrainingBatches(run.train, vocabulary, options);
  if (batches.perEpoch === 0) {
    const { batchSize, length } = options;
    throw new RangeError(
      `a text of ${run.train.length} tokens is too short for a batch of ${batchSize} rows of length ${length}`,
    );
  }
  const heldOut = new PretrainingBatches(run.heldOut, vocabulary, options);
  const model = await createModel(run.config, head, run.parameters, () => DenseParameters.arrays);
  const dense = new DenseParameters([...model.base, ...model.head].map(withGradient));
  const config = withoutDropout(run.config);
  const { weights } = model;
  const evaluator = new PretrainingEvaluator(engine, config, weights, heldOut);
  const { steps, warmup, seed, evaluationSteps } = options;
  try {
    yield* runStage(
      {
        engine,
        config,
        objective: headObjective(head),
        weights,
        batches,
        steps,
        laterSteps: 0,
        warmup,
        seed,
        evaluationSteps,
        name: 'pretraining',
        index: 0,
        learners: [dense],
        groups: { weights: weightGroup(options.learningRate, options) },
        evaluate: () => evaluator.evaluate(),
      },
      from,
    );
    return new Map(Object.entries(weights));
  } finally {
    await evaluator.dispose();
  }
}
