import { programParameters } from '@diffprune/bert';
import { createEngine, type Engine, type EngineOptions } from '@diffprune/engine';
import type { ModelOfDiff } from './diff-fit.ts';
import { Predictor } from './predictor.ts';

/** What runs the model. */
export interface RunOptions extends EngineOptions {
  /** An engine's name, such as `cpu` (the default) or `webgpu`; see `createEngine`. */
  readonly engine?: string | undefined;
}

type Weights = ReadonlyMap<string, { readonly data: Float32Array }>;

/**
 * The compiled programs of one base, kept from one diff to the next: diffs whose heads and adapters have the same shapes
 * share them, so that a task switch compiles nothing.
 */
export class Predictors {
  #engine: Promise<Engine> | undefined;
  readonly #kept = new Map<
    string,
    { readonly predictor: Predictor; readonly weights: Record<string, Float32Array> }
  >();

  constructor(readonly options: RunOptions) {}

  /** A predictor that reads these weights, made or taken up again. @param config the base's, but for adapters */
  async for({ config, head }: ModelOfDiff, batchSize: number, tensors: Weights): Promise<Predictor> {
    const { engine = 'cpu', ...options } = this.options;
    const ready = await (this.#engine ??= createEngine(engine, options));
    const key = JSON.stringify([config.adapters, head, batchSize]);
    let kept = this.#kept.get(key);
    if (kept === undefined) {
      const weights: Record<string, Float32Array> = {};
      kept = { predictor: new Predictor(ready, config, head, weights, batchSize), weights };
      this.#kept.set(key, kept);
    }
    for (const { name } of programParameters(config, head)) kept.weights[name] = tensors.get(name)!.data;
    return kept.predictor;
  }

  /** Frees the compiled programs; the next prediction compiles anew. */
  async dispose(): Promise<void> {
    const kept = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.all(kept.map(({ predictor }) => predictor.dispose()));
  }
}
