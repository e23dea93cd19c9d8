import { dropoutMasks, trainFunction, trainInputs, type BertConfig, type Head } from '@diffprune/bert';
import { valueAndGradients, type Engine, type TensorData } from '@diffprune/engine';
import type { Batch } from '@diffprune/glue';
import { DropoutMasks } from './dropout.ts';
import { batchTensors } from './predictor.ts';
import { Programs } from './programs.ts';

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
   * @param longest the greatest length of a batch
   */
  static async create(model: {
    engine: Engine;
    config: BertConfig;
    head: Head;
    batchSize: number;
    longest: number;
    seed: number;
    weights: Readonly<Record<string, Float32Array>>;
    gradients: ReadonlyMap<string, Float32Array>;
  }): Promise<TrainingStep> {
    const { config, head, batchSize: batch } = model;
    const fn = valueAndGradients(trainFunction(config, head), [...model.gradients.keys()]);
    const programs = new Programs(model.engine, fn, (length) => trainInputs(config, head, { batch, length }));
    const masksOf = (length: number) => dropoutMasks(config, head, { batch, length });
    const masks = await DropoutMasks.create(model.seed, masksOf, model.longest);
    const gradients = [...model.gradients].map(([name, array]) => [`gradient/${name}`, array] as const);
    return new TrainingStep(programs, masks, model.weights, Object.fromEntries(gradients));
  }

  /**
   * @param step names the dropout masks: each step of a run its own
   * @returns the loss, averaged over the batch's examples
   */
  async run(batch: Batch, step: number): Promise<number> {
    if (batch.labels === undefined) throw new RangeError('a batch without labels cannot be trained on');
    const program = await this.programs.for(batch.length);
    const inputs: Record<string, TensorData> = {
      ...this.weights,
      ...batchTensors(batch),
      labels: batch.labels,
      example_weights: batch.exampleWeights,
      ...this.masks.draw(step, batch.length),
    };
    const { loss } = await program.run(inputs, this.gradients);
    return loss![0]!;
  }

  dispose(): Promise<void> {
    return this.programs.dispose();
  }
}
