import { createResidentEngine, type EngineOptions, type ResidentEngine } from '@diffprune/engine';
import type { RowOutputs } from '@diffprune/glue';
import type { Run, Runner } from '../predictors.ts';
import { addBase, addSlot, ResidentPredictor } from './resident-predictor.ts';

/** Runs models on kernels of our own, in whose memory the weights are written again where they changed. */
export class ResidentRunner implements Runner {
  readonly #predictor: ResidentPredictor;
  #base: ReadonlySet<string> | undefined;

  private constructor(readonly engine: ResidentEngine) {
    this.#predictor = new ResidentPredictor(engine, (name) => this.#base!.has(name));
  }

  /**
   * @param options threads that share the work; in Node by default one for each core, at most 4, and even a single one
   *   is not the caller's; in a page the caller's
   * @throws EngineUnavailableError as `createResidentEngine`
   */
  static async create(options: EngineOptions): Promise<ResidentRunner> {
    const os = globalThis.process?.getBuiltinModule?.('node:os');
    const { threads = os && Math.min(4, os.availableParallelism()) } = options;
    return new ResidentRunner(await createResidentEngine({ threads, background: os !== undefined }));
  }

  get runtime(): string {
    return this.engine.runtime;
  }

  async outputs(run: Run, changed: Set<string>): Promise<RowOutputs> {
    try {
      this.#write(run, changed);
      await this.engine.memory.ready();
    } catch (error) {
      this.#base = undefined; // all is written at the next try
      throw error;
    }
    return this.#predictor.outputs(run.model, run.features, run);
  }

  #write({ model, tensors }: Run, changed: Set<string>): void {
    const { weights } = this.engine;
    const base = this.#base ?? addBase(weights, model.config);
    for (const name of this.#base === undefined ? tensors.keys() : changed) {
      const tensor = tensors.get(name);
      if (tensor === undefined) continue; // a head or an adapter of a diff that is off
      const place = base.has(name) ? name : addSlot(weights, name, tensor.shape);
      weights.write(place, tensor.data);
    }
    this.#base = base;
    changed.clear();
  }

  async dispose(): Promise<void> {
    this.engine.dispose();
  }
}
