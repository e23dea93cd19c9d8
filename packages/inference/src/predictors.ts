import { programParameters, type EncoderConfig, type Head } from '@diffprune/bert';
import { createEngine, type Engine, type EngineOptions } from '@diffprune/engine';
import { Predictor } from './predictor.ts';

/** What runs the model. */
export interface RunOptions extends EngineOptions {
  /** An engine's name, such as `cpu` (the default) or `webgpu`; see `createEngine`. */
  readonly engine?: string | undefined;
}

type Weights = ReadonlyMap<string, { readonly data: Float32Array }>;

/**
 * The compiled programs of one base, kept from one diff to the next: diffs whose heads have the same shape share
 * them, so that a task switch compiles nothing.
 */
export class Predictors {
  #engine: Promise<Engine> | undefined;
  readonly #kept = new Map<
    string,
    { readonly predictor: Predictor; readonly weights: Record<string, Float32Array> }
  >();

  constructor(
    readonly config: EncoderConfig,
    readonly options: RunOptions,
  ) {}

  /** A predictor that reads these weights, made or taken up again. */
  async for(head: Head, batchSize: number, tensors: Weights): Promise<Predictor> {
    const { engine = 'cpu', ...options } = this.options;
    const ready = await (this.#engine ??= createEngine(engine, options));
    const key = JSON.stringify([head, batchSize]);
    let kept = this.#kept.get(key);
    if (kept === undefined) {
      const weights: Record<string, Float32Array> = {};
      kept = { predictor: new Predictor(ready, this.config, head, weights, batchSize), weights };
      this.#kept.set(key, kept);
    }
    for (const { name } of programParameters(this.config, head)) kept.weights[name] = tensors.get(name)!.data;
    return kept.predictor;
  }

  /** Frees the compiled programs; the next prediction compiles anew. */
  async dispose(): Promise<void> {
    const kept = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.all(kept.map(({ predictor }) => predictor.dispose()));
  }
}
