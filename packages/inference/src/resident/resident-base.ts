import { baseParameters, openCheckpoint, type ParameterSpec } from '@diffprune/bert';
import {
  createResidentEngine,
  halfFormat,
  Overlay,
  type DeviceLostError,
  type ResidentEngine,
  type WeightChange,
} from '@diffprune/engine';
import { checkTensor, fingerprintTensors, type BaseTensor, type DiffTensor } from '@diffprune/sparse-diff';
import { describeBase, type DescribedBase, type PretrainedBase } from '../base.ts';
import { checkFit, type BaseOfDiff } from '../diff-fit.ts';
import { InferenceError } from '../errors.ts';
import { answerExamples } from '../predict-examples.ts';
import { readDiffSource, type DiffSource } from '../sources/diff-source.ts';
import type { LoadOptions } from '../sources/load-options.ts';
import { withModel, type ModelSource, type OpenModel } from '../sources/model-source.ts';
import { Requests } from './requests.ts';
import { addParameter, addSlot, ResidentPredictor } from './resident-predictor.ts';
import { ResidentTask } from './resident-task.ts';

/** How a resident base runs. */
export interface ResidentOptions {
  /**
   * What it runs on: `webgpu`, or `wasm` (WebAssembly); `auto` is WebGPU where there is a GPU, unless the processor plays
   * it (a software driver), else WebAssembly.
   *
   * @defaultValue 'auto'
   */
  readonly runtime?: 'auto' | 'wasm' | 'webgpu' | undefined;
  /** Threads of WebAssembly that share the work; in a page, more than one need an isolated page. @defaultValue 1 */
  readonly threads?: number | undefined;
  /** Whether a single thread is one of its own, so that the caller's stays free. */
  readonly background?: boolean | undefined;
  /**
   * `half`: matrices and word embeddings whose values halves hold exactly (those of a file of F16 or BF16) are kept so, in
   * half the memory; answers are the same to the last bit, in about the same time. A GPU keeps floats.
   *
   * @defaultValue 'full'
   */
  readonly weights?: 'full' | 'half' | undefined;
}

/**
 * One base in the memory of kernels of our own, WebAssembly's or a GPU's, and as many tasks as there is room for: a task
 * takes its diff. Requests to all of them may come in any order; they are answered task by task, those to one task
 * together, and no answer is ever another task's.
 */
export class ResidentBase {
  readonly #tasks = new Map<string, ResidentTask>();
  readonly #predictor: ResidentPredictor;
  readonly #requests: Requests<ResidentTask>;
  #on: ResidentTask | undefined;
  #switches = 0;

  protected constructor(
    /** What a diff must suit, and what texts become; the weights are in memory alone. */
    readonly base: ResidentDescription,
    readonly engine: ResidentEngine,
  ) {
    this.#predictor = new ResidentPredictor(engine, (name) => base.tensors.has(name));
    this.#requests = new Requests((task, examples) => this.#answer(task, examples));
  }

  /**
   * Takes the weights of a base into memory. The base itself is not needed afterwards.
   *
   * @throws EngineUnavailableError where there is no WebAssembly with SIMD, or not as many threads can be had, or no
   *   WebGPU if that is asked for; OutOfMemoryError where the base has no room
   */
  static async create(base: PretrainedBase, options: ResidentOptions = {}): Promise<ResidentBase> {
    const { tensors, fingerprint, ...described } = base;
    const read = ({ name }: ParameterSpec) => tensors.get(name)!.data;
    const known = () => Promise.resolve(fingerprint);
    return withEngine(options, async (engine) => {
      return new this(...(await fill(engine, options, described, baseParameters(base.config), read, known)));
    });
  }

  /**
   * Reads a base from where a model is, tensor by tensor, straight into memory.
   *
   * @param source an address, a hub id, `File`s, a folder that was picked, or bytes; see `loadBase`
   * @throws EngineUnavailableError as `create`; what `loadBase` throws
   */
  static load(source: ModelSource, options: ResidentOptions & LoadOptions = {}): Promise<ResidentBase> {
    const read = async ({ files, fingerprint }: OpenModel, engine: Promise<ResidentEngine>) => {
      const checkpoint = await openCheckpoint(files);
      try {
        const of = [...checkpoint.weightFiles, checkpoint.configFile];
        const described = await describeBase(checkpoint, files.folder);
        const own = new Set(baseParameters(checkpoint.config).map(({ name }) => name));
        const parameters = checkpoint.parameters.filter(({ name }) => own.has(name));
        const print: Fingerprint = (compute) => fingerprint(of, compute);
        return new this(...(await fill(engine, options, described, parameters, checkpoint.view, print)));
      } finally {
        await checkpoint.close();
      }
    };
    return withModel(source, options, (model) => withEngine(options, (engine) => read(model, engine)));
  }

  /** What it runs on, such as `WebAssembly, 2 threads, relaxed SIMD`. */
  get runtime(): string {
    return this.engine.runtime;
  }

  /**
   * Tells when a GPU was lost (it never does on WebAssembly). What is asked then, and what waits, fails with this error;
   * make a new base.
   */
  get lost(): Promise<DeviceLostError> {
    return this.engine.memory.lost;
  }

  /** How often a task's changes were put on or taken off. */
  get switches(): number {
    return this.#switches;
  }

  /** The tasks that there are, in the order in which they came. */
  get tasks(): readonly ResidentTask[] {
    return [...this.#tasks.values()];
  }

  /**
   * Adds a task. One that has the name already is replaced: what was asked of it is still answered by it.
   *
   * @param diff its address, the answer to a request, a `File`, a file's bytes, or what was read of it
   * @param name what `task` finds it by; the name in its manifest, unless said
   * @throws WrongBaseError, TensorError, DiffFitError, FormatError and SourceError as `applyDiff`; OutOfMemoryError where
   *   it has no room
   */
  async add(diff: DiffSource, name?: string): Promise<ResidentTask> {
    const read = await readDiffSource(diff, this.base);
    for (const tensor of read.tensors) checkTensor(tensor);
    const model = checkFit(this.base, read);
    const task = await this.#requests.alone(async () => {
      this.#put(undefined); // an overlay is made of what the base itself has
      const changes = read.tensors.map((tensor) => this.#change(tensor));
      const overlay = await Overlay.create(this.engine.weights, changes);
      return new ResidentTask(this, name ?? read.manifest.task, read.manifest, model, overlay);
    });
    const before = this.#tasks.get(task.name);
    this.#tasks.set(task.name, task);
    if (before) await this.#free(before);
    return task;
  }

  /** @throws InferenceError naming those that there are */
  task(name: string): ResidentTask {
    const task = this.#tasks.get(name);
    if (task !== undefined) return task;
    const known = [...this.#tasks.keys()].join(', ') || 'none';
    throw new InferenceError(`there is no task "${name}"; there are ${known}`);
  }

  /**
   * Removes a task, when what was asked of it is answered; later requests are refused.
   *
   * @throws InferenceError if there is none of that name
   */
  async remove(name: string): Promise<void> {
    const task = this.task(name);
    this.#tasks.delete(name);
    await this.#free(task);
  }

  async #free(task: ResidentTask): Promise<void> {
    await this.#requests.whenAnswered(task);
    await this.#requests.alone(() => {
      if (this.#on === task) this.#on = undefined;
      task.overlay.dispose();
    });
  }

  /** Asks a task; see `ResidentTask.predict`. */
  async request(
    task: ResidentTask,
    examples: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<unknown[]> {
    if (this.#tasks.get(task.name) !== task) {
      throw new InferenceError(`task "${task.name}" was removed or replaced; ask base.task("${task.name}")`);
    }
    return this.#requests.add(task, examples, signal);
  }

  /** Stops its threads, or frees its GPU's memory; nothing is answered afterwards. */
  dispose(): void {
    this.engine.dispose();
  }

  #answer(task: ResidentTask, examples: readonly unknown[]): Promise<unknown[]> {
    return answerExamples(task, this.base, examples, (features) => {
      this.#put(task);
      return this.#predictor.outputs(task.model, features);
    });
  }

  /** Puts a task on, or none. */
  #put(task: ResidentTask | undefined): void {
    if (this.#on === task) return;
    const began = performance.now();
    for (const { overlay } of [this.#on, task].filter((each) => each !== undefined)) {
      overlay.toggle();
      this.#switches++;
    }
    this.#on = task;
    if (task !== undefined) task.switchTime = performance.now() - began;
  }

  #change({ name, shape, operation, positions, values }: DiffTensor): WeightChange {
    const { weights } = this.engine;
    if (!this.base.tensors.has(name)) {
      const slot = addSlot(weights, name, shape);
      return { name: slot, positions: undefined, after: () => values };
    }
    switch (operation) {
      case 'add':
        return { name, positions, after: (before) => before.map((x, i) => x + values[i]!) }; // rounded once, to fp32
      case 'set':
        return { name, positions, after: () => values };
      case 'zero':
        return { name, positions, after: (before) => new Float32Array(before.length) };
      case 'replace-sparse':
        return {
          name,
          positions: undefined,
          after: (before) => {
            const all = new Float32Array(before.length);
            for (let i = 0; i < positions.length; i++) all[positions[i]!] = values[i]!;
            return all;
          },
        };
      case 'replace-dense':
        return { name, positions: undefined, after: () => values };
    }
  }
}

type ResidentDescription = BaseOfDiff & Pick<PretrainedBase, 'tokenizer'>;

/** Gives a base's fingerprint; computes it where it is not known. */
type Fingerprint = (compute: () => Promise<string>) => Promise<string>;

/** Starts an engine, beside whatever else is to be done before it is needed. Where `use` throws, it is stopped. */
async function withEngine<Result>(
  { weights: _, ...options }: ResidentOptions,
  use: (engine: Promise<ResidentEngine>) => Promise<Result>,
): Promise<Result> {
  const engine = createResidentEngine(options);
  engine.catch(() => undefined); // thrown where it is awaited
  try {
    return await use(engine);
  } catch (error) {
    await engine.then(
      (started) => started.dispose(),
      () => undefined,
    );
    throw error;
  }
}

/**
 * Takes weights into the memory of an engine, one after the other.
 *
 * @param parameters all of the base's, in the order in which they are read
 */
async function fill(
  starting: Promise<ResidentEngine>,
  { weights = 'full' }: ResidentOptions,
  { config, tokenizer, tokenizerFingerprint, parameters: count }: DescribedBase,
  parameters: readonly ParameterSpec[],
  read: (parameter: ParameterSpec) => Float32Array | Promise<Float32Array>,
  fingerprintOf: Fingerprint,
): Promise<[ResidentDescription, ResidentEngine]> {
  const engine = await starting;
  const written = async function* (): AsyncGenerator<readonly [string, BaseTensor]> {
    for (const parameter of parameters) {
      const { name, shape } = parameter;
      const data = await read(parameter);
      yield [name, { shape, data }]; // it is hashed while it is written
      addParameter(engine.weights, parameter, weights === 'half' ? halfFormat(data) : undefined);
      engine.weights.write(name, data);
    }
  };
  const tensorsToWrite = written();
  const fingerprint = await fingerprintOf(() => fingerprintTensors(tensorsToWrite));
  for await (const _ of tensorsToWrite) continue; // all of them, where nobody hashed them
  await engine.memory.ready();
  const tensors = new Map(parameters.map(({ name, shape }) => [name, { shape }]));
  return [{ config, tokenizer, fingerprint, tokenizerFingerprint, parameters: count, tensors }, engine];
}
