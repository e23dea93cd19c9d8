import { checkpointFiles } from '@diffprune/bert';
import { memoryFiles, ResidentBase, type ModelSource } from '@diffprune/inference';
import { decodeDiff } from '@diffprune/sparse-diff';
import { describeTask } from './describe-task.ts';
import type {
  Answer,
  BaseFacts,
  BaseSource,
  DiffSource,
  Progress,
  Reply,
  RunOptions,
  TaskFacts,
  TaskInput,
} from './protocol.ts';
import { readBytes } from './read-bytes.ts';

/** The base that the worker holds, and its tasks. */
export class Resident {
  #base: ResidentBase | undefined;

  constructor(
    readonly onProgress: (progress: Progress) => void,
    readonly onLost: (reason: string) => void,
  ) {}

  async open(source: BaseSource, options: RunOptions, signal: AbortSignal): Promise<BaseFacts> {
    const began = performance.now();
    let bytes = 0;
    const base = await ResidentBase.load(
      this.#modelOf(source, signal, (more) => void (bytes += more)),
      {
        ...options,
        signal,
        onProgress: ({ file, bytes: loaded, totalBytes: total }) => {
          bytes = total;
          this.onProgress({ file, loaded, total });
        },
      },
    );
    this.#base = base;
    void base.lost.then(({ message }) => this.onLost(message));
    const { config, parameters, fingerprint } = base.base;
    return {
      name: source.name,
      parameters,
      bytes,
      layers: config.numHiddenLayers,
      hidden: config.hiddenSize,
      words: config.vocabSize,
      fingerprint,
      runtime: base.runtime,
      milliseconds: performance.now() - began,
    };
  }

  /** @param onBytes is told of the files that are read, but for those of an address */
  #modelOf(source: BaseSource, signal: AbortSignal, onBytes: (bytes: number) => void): ModelSource {
    if ('address' in source) return source.address;
    if (!('url' in source)) {
      const named = new Map(source.files.map((file) => [file.name, file]));
      for (const name of checkpointFiles([...named.keys()])) onBytes(named.get(name)!.size);
      return source.files;
    }
    return {
      folder: source.name,
      names: source.files,
      open: async (name) => {
        const content = await readBytes(source.url + name, name, this.onProgress, signal);
        onBytes(content.length);
        return memoryFiles({ [name]: content }, source.name).open(name);
      },
    };
  }

  async add({ name, from }: DiffSource, signal: AbortSignal): Promise<TaskFacts> {
    const base = this.#opened();
    const bytes =
      typeof from === 'string'
        ? await readBytes(from, name, this.onProgress, signal)
        : new Uint8Array(await from.arrayBuffer());
    const diff = decodeDiff(bytes);
    return describeTask(await base.add(diff, name), diff, base.base.config, bytes.length);
  }

  async ask(name: string, input: TaskInput, signal: AbortSignal): Promise<Reply> {
    const base = this.#opened();
    const task = base.task(name);
    const began = performance.now();
    const answer: Answer =
      'question' in input
        ? { kind: 'found', ...(await task.answer(input, { signal })) }
        : { kind: 'classified', ...(await task.classify(input, { signal })) };
    return { answer, milliseconds: performance.now() - began, switchTime: task.switchTime! };
  }

  #opened(): ResidentBase {
    if (this.#base === undefined) throw new Error('no base is open yet');
    return this.#base;
  }
}
