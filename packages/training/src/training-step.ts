import {
  dropoutMasks,
  programParameters,
  trainFunction,
  trainInputs,
  type EncoderConfig,
} from '@diffprune/bert';
import { valueAndGradients, type Engine, type TensorFunction } from '@diffprune/engine';
import { Programs } from '@diffprune/inference';
import type { BatchSource, StepBatch } from './batch-source.ts';
import { DropoutMasks } from './dropout.ts';
import type { Objective } from './objective.ts';

/** Forward, loss and gradients of one batch: the part of a training step that the engine runs. */
export class TrainingStep {
  private constructor(
    readonly programs: Programs,
    readonly masks: DropoutMasks,
    readonly weights: Readonly<Record<string, Float32Array>>,
    readonly gradients: Readonly<Record<string, Float32Array>>,
  ) {}

  /**
   * @param weights θ' and the head, read at each step
   * @param gradients arrays that each step writes ∂L/∂θ' to, for the parameters that are trained
   * @param batches says the shapes of the batches that will come
   */
  static async create(model: {
    engine: Engine;
    config: EncoderConfig;
    objective: Objective;
    batches: BatchSource;
    seed: number;
    weights: Readonly<Record<string, Float32Array>>;
    gradients: ReadonlyMap<string, Float32Array>;
  }): Promise<TrainingStep> {
    const { config, objective, batches } = model;
    const { head } = objective;
    const train = trainFunction(config, head, objective.loss);
    // the loss alone: a masked LM's logits are many, and nobody reads them here
    const loss: TensorFunction = (inputs) => ({ loss: train(inputs)['loss']! });
    const fn = valueAndGradients(loss, [...model.gradients.keys()]);
    const programs = new Programs(model.engine, fn, (length) =>
      trainInputs(config, head, batches.shape(length), objective.inputs(batches.shape(length))),
    );
    const masksOf = (length: number) => dropoutMasks(config, head, batches.shape(length));
    const masks = await DropoutMasks.create(model.seed, masksOf, batches.longest);
    const weights = programParameters(config, head).map(({ name }) => [name, model.weights[name]!] as const);
    const gradients = [...model.gradients].map(([name, array]) => [`gradient/${name}`, array] as const);
    return new TrainingStep(programs, masks, Object.fromEntries(weights), Object.fromEntries(gradients));
  }

  /**
   * @param step names the dropout masks: each step of a run its own
   * @returns the loss, averaged over what the batch has labels for
   */
  async run({ length, inputs }: StepBatch, step: number): Promise<number> {
    const program = await this.programs.for(length);
    const all = { ...this.weights, ...inputs, ...this.masks.draw(step, length) };
    const { loss } = await program.run(all, this.gradients);
    return loss![0]!;
  }

  dispose(): Promise<void> {
    return this.programs.dispose();
  }
}
