import { createEngine, DeviceLostError, EngineUnavailableError, type EngineOptions } from '@diffprune/engine';
import type { Features, RowOutputs } from '@diffprune/glue';
import type { ModelOfDiff } from './diff-fit.ts';
import { EngineRunner } from './engine-runner.ts';
import { ResidentRunner } from './resident/resident-runner.ts';

/** What runs the model. */
export interface RunOptions extends EngineOptions {
  /**
   * An engine's name, such as `cpu` or `webgpu` (see `createEngine`), or `resident`: kernels of our own, which need
   * nothing else. Where it is left out, it is ONNX Runtime in Node if `@diffprune/onnxruntime` is installed, or the build
   * given as `runtime`; else `resident`.
   */
  readonly engine?: string | undefined;
}

/** A base's tensors by name, with those of the diff that is on it. */
export type Weights = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/** Rows that a model is to be run over. */
export interface Run {
  /** The base's, but for adapters and head. */
  readonly model: ModelOfDiff;
  readonly tensors: Weights;
  readonly features: Features;
  /** Rows of a batch at most. */
  readonly batchSize: number;
  /** Is told of how many rows the outputs are there, batch by batch. */
  readonly onRows?: ((done: number) => void) | undefined;
}

/** What runs models over a base's tensors, and keeps the programs that it compiles. */
export interface Runner {
  /** In words, such as `ONNX Runtime`. */
  readonly runtime: string;
  /**
   * @param changed names of tensors that are others than before, or are not there any more; emptied by who takes note
   * @returns as of `Predictor.outputs`
   */
  outputs(run: Run, changed: Set<string>): Promise<RowOutputs>;
  dispose(): Promise<void>;
}

const inNode = globalThis.process?.versions?.node !== undefined;

/**
 * Runs the models of one base: with its compiled programs, kept from one diff to the next. Diffs whose heads and adapters
 * have the same shapes share them, so that a task switch compiles nothing.
 */
export class Predictors {
  #runner: Promise<Runner> | undefined;
  readonly #changed = new Set<string>();

  constructor(readonly options: RunOptions) {}

  /**
   * What the models run on, in words: `ONNX Runtime`, `WebAssembly, 2 threads, relaxed SIMD`, …
   *
   * @throws EngineUnavailableError where it cannot be had
   */
  async runtime(): Promise<string> {
    return (await this.#start()).runtime;
  }

  /** Says that tensors of the base are others now, or are not there any more. */
  changed(names: Iterable<string>): void {
    for (const name of names) this.#changed.add(name);
  }

  /**
   * What a model's head gives for each row; see `Predictor.outputs`.
   *
   * @throws EngineUnavailableError where what runs it cannot be had; DeviceLostError where that was a GPU that is lost:
   *   the next call begins anew
   */
  async outputs(run: Run): Promise<RowOutputs> {
    const started = this.#start();
    try {
      return await (await started).outputs(run, this.#changed);
    } catch (error) {
      if (error instanceof DeviceLostError && this.#runner === started) await this.dispose();
      throw error;
    }
  }

  /** Frees the compiled programs; the next prediction compiles anew. */
  async dispose(): Promise<void> {
    const runner = this.#runner;
    this.#runner = undefined;
    await (await runner)?.dispose();
  }

  #start(): Promise<Runner> {
    return (this.#runner ??= createRunner(this.options));
  }
}

async function createRunner({ engine, ...options }: RunOptions): Promise<Runner> {
  const named = engine ?? (options.runtime && (inNode ? 'cpu' : 'wasm'));
  if (named === 'resident') return ResidentRunner.create(options);
  if (named !== undefined || inNode) {
    try {
      return new EngineRunner(await createEngine(named ?? 'cpu', options));
    } catch (error) {
      if (named !== undefined || !(error instanceof EngineUnavailableError)) throw error;
      if (error.missing === undefined) {
        error.message += ". Or name the engine 'resident', which does without it";
        throw error;
      }
    }
  }
  return ResidentRunner.create(options);
}
