import { KernelMemory, type MemoryOptions } from '@diffprune/inference-kernels';
import { checkedProgram } from '../checked-program.ts';
import { EngineUnavailableError, ProgramTensorError } from '../errors.ts';
import type { Engine, Program, TensorFunction, TensorSpec } from '../program.ts';
import { checkSpecs } from '../tensors.ts';
import { loadTrace } from '../traced-runtime.ts';
import { trace, type OutputValue } from '../trace.ts';
import { planProgram, readRows, type PlannedProgram } from './plan.ts';
import { ResidentWeights } from './weights.ts';

/**
 * An engine whose weights lie in its own memory, for forward passes: programs are given the batch alone. It computes by
 * kernels of its own what is written in `linear`, `layerNorm`, `attention` and `embed`, and refuses other functions.
 */
export interface ResidentEngine extends Engine {
  readonly weights: ResidentWeights;
  readonly memory: KernelMemory;
  /**
   * As of all engines; but inputs of float32 are weights: where they are not resident yet they become so, all 0, and no
   * run is given them.
   */
  compile(fn: TensorFunction, inputs: Record<string, TensorSpec>): Promise<Program>;
  /** Frees threads and memory; programs cannot run afterwards. */
  dispose(): void;
}

/** @throws EngineUnavailableError where there is no WebAssembly with SIMD, or not as many threads can be had */
export async function createResidentEngine(options: MemoryOptions = {}): Promise<ResidentEngine> {
  let memory: KernelMemory;
  try {
    memory = await KernelMemory.create(options);
  } catch (cause) {
    throw new EngineUnavailableError((cause as Error).message, { cause });
  }
  const weights = new ResidentWeights(memory);
  const arena = new Arena(memory, weights);
  return {
    name: 'resident',
    weights,
    memory,
    async compile(fn, inputs) {
      checkSpecs(inputs);
      const specs = { ...inputs };
      const batch = Object.fromEntries(Object.entries(specs).filter(([, { dtype }]) => dtype === 'int32'));
      const traced = trace(fn, specs, true);
      const loaded = await loadTrace((values) => Promise.resolve(arena.load(values)), traced);
      return checkedProgram(batch, loaded);
    },
    dispose: () => memory.dispose(),
  };
}

/** Memory that all programs use in turns, as large as the largest needs. */
class Arena {
  #at = 0;
  #bytes = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly memory: KernelMemory,
    readonly weights: ResidentWeights,
  ) {}

  load(values: Readonly<Record<string, OutputValue>>) {
    let program = this.#plan(values);
    let at = this.#at;
    return {
      run: (
        inputs: Readonly<Record<string, Int32Array | Float32Array>>,
        outputs: Readonly<Record<string, Int32Array | Float32Array>>,
      ) =>
        this.#alone(async () => {
          if (at !== this.#at) {
            this.memory.drop(program.plan);
            program = this.#plan(values);
            at = this.#at;
          }
          this.#feed(program, inputs);
          await this.memory.run(program.plan);
          for (const [name, place] of program.outputs) {
            const floats = this.memory.floats(place.at, (place.rows * place.stride) / 4);
            readRows(floats, place, outputs[name] as Float32Array);
          }
        }),
      release: () => this.#alone(async () => this.memory.drop(program.plan)),
    };
  }

  #plan(values: Readonly<Record<string, OutputValue>>): PlannedProgram {
    const threads = this.memory.threads?.count ?? 1;
    const { bytes } = planProgram(values, this.weights, 0, threads);
    if (bytes > this.#bytes) {
      if (this.#bytes > 0) this.memory.give(this.#at, this.#bytes);
      this.#at = this.memory.take(bytes);
      this.#bytes = bytes;
    }
    return planProgram(values, this.weights, this.#at, threads);
  }

  #feed(program: PlannedProgram, inputs: Readonly<Record<string, Int32Array | Float32Array>>): void {
    for (const [name, { at, limit, table }] of program.inputs) {
      const given = inputs[name] as Int32Array;
      for (let i = 0; i < given.length; i++) {
        if (given[i]! >= 0 && given[i]! < limit) continue;
        throw new ProgramTensorError(
          name,
          `input '${name}' has ${given[i]} at ${i}; "${table}" has ${limit} rows`,
        );
      }
      this.memory.words(at, given.length).set(given);
    }
  }

  /** Runs one after the other: programs share memory. */
  #alone<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }
}
