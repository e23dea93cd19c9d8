import { programParameters } from '@diffprune/bert';
import type { Engine } from '@diffprune/engine';
import type { RowOutputs } from '@diffprune/glue';
import { Predictor } from './predictor.ts';
import type { Run, Runner } from './predictors.ts';

interface Kept {
  readonly predictor: Predictor;
  readonly weights: Record<string, Float32Array>;
}

/** Runs models on an engine, whose programs are given the weights at each run. */
export class EngineRunner implements Runner {
  readonly #kept = new Map<string, Kept>();

  constructor(readonly engine: Engine) {}

  get runtime(): string {
    return this.engine.runtime;
  }

  async outputs({ model, tensors, features, batchSize, onRows }: Run): Promise<RowOutputs> {
    const { config, head } = model;
    const key = JSON.stringify([config.adapters, head, batchSize]);
    let kept = this.#kept.get(key);
    if (kept === undefined) {
      const weights: Record<string, Float32Array> = {};
      kept = { predictor: new Predictor(this.engine, config, head, weights, batchSize), weights };
      this.#kept.set(key, kept);
    }
    for (const { name } of programParameters(config, head)) kept.weights[name] = tensors.get(name)!.data;
    return kept.predictor.outputs(features, onRows);
  }

  async dispose(): Promise<void> {
    const kept = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.all(kept.map(({ predictor }) => predictor.dispose()));
  }
}
