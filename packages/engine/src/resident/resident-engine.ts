import { createMemory, type KernelMemory, type MemoryOptions } from '@diffprune/inference-kernels';
import { checkedProgram } from '../checked-program.ts';
import { EngineUnavailableError, ProgramTensorError } from '../errors.ts';
import type { Engine, TensorFunction } from '../program.ts';
import { checkSpecs } from '../tensors.ts';
import { loadTrace } from '../traced-runtime.ts';
import { trace, type OutputValue } from '../trace.ts';
import { planProgram, type PlannedProgram, type WordInput } from './plan.ts';
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
  compile: Engine['compile'];
  /** Frees threads and memory; programs cannot run afterwards. */
  dispose(): void;
}

/**
 * @throws EngineUnavailableError where there is no WebAssembly with SIMD, or not as many threads can be had; or no WebGPU,
 *   if that is asked for
 */
export async function createResidentEngine(options: MemoryOptions = {}): Promise<ResidentEngine> {
  let memory: KernelMemory;
  try {
    memory = await createMemory(options);
  } catch (cause) {
    throw new EngineUnavailableError((cause as Error).message, { cause });
  }
  const weights = new ResidentWeights(memory);
  const arena = new Arena(memory, weights);
  return {
    name: 'resident',
    runtime: memory.description,
    weights,
    memory,
    async compile(fn, inputs) {
      checkSpecs(inputs);
      const specs = { ...inputs };
      const batch = Object.fromEntries(Object.entries(specs).filter(([, { dtype }]) => dtype === 'int32'));
      const traced = trace(fn as unknown as TensorFunction, specs, true);
      const loaded = await loadTrace((values) => arena.load(values), traced);
      return checkedProgram(batch, loaded);
    },
    dispose: () => memory.dispose(),
  };
}

type Arrays = Readonly<Record<string, Int32Array | Float32Array>>;

/** Memory that all programs use in turns, as large as the largest needs. */
class Arena {
  #at = 0;
  #bytes = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly memory: KernelMemory,
    readonly weights: ResidentWeights,
  ) {}

  async load(values: Readonly<Record<string, OutputValue>>) {
    let program = await this.#alone(() => this.#plan(values));
    return {
      run: (inputs: Arrays, outputs: Arrays) =>
        this.#alone(async () => {
          if (program.at !== this.#at) {
            this.memory.drop(program.plan);
            program = await this.#plan(values);
          }
          const given = Array.from(program.inputs, ([name, input]) => {
            const words = inputs[name] as Int32Array;
            checkIndices(name, words, input);
            return { at: input.at, words };
          });
          const found = Array.from(program.outputs, ([name, place]) => {
            return { ...place, values: outputs[name] as Float32Array };
          });
          await this.memory.run(program.plan, given, found);
        }),
      release: () => this.#alone(async () => this.memory.drop(program.plan)),
    };
  }

  /** Lays a program out. What it took is given back where that fails. */
  async #plan(values: Readonly<Record<string, OutputValue>>): Promise<PlannedProgram & { at: number }> {
    const { memory, weights } = this;
    const known = new Set(weights.names);
    try {
      const { bytes } = planProgram(values, weights, 0, memory.scratchPieces);
      if (bytes > this.#bytes) {
        this.#give();
        this.#at = memory.take(bytes);
        this.#bytes = bytes;
      }
      const program = planProgram(values, weights, this.#at, memory.scratchPieces);
      await memory.ready();
      return { ...program, at: this.#at };
    } catch (error) {
      this.#give();
      for (const name of weights.names) if (!known.has(name)) weights.remove(name);
      throw error;
    }
  }

  #give(): void {
    if (this.#bytes > 0) this.memory.give(this.#at, this.#bytes);
    [this.#at, this.#bytes] = [0, 0];
  }

  /** Runs one after the other: programs share memory. */
  #alone<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }
}

/** @throws ProgramTensorError where an index is beyond the rows of its table */
function checkIndices(name: string, words: Int32Array, { limit, table }: WordInput): void {
  for (let i = 0; i < words.length; i++) {
    if (words[i]! >= 0 && words[i]! < limit) continue;
    throw new ProgramTensorError(
      name,
      `input '${name}' has ${words[i]} at ${i}; "${table}" has ${limit} rows`,
    );
  }
}
