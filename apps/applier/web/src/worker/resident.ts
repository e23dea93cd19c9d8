import { loadBase, memoryFiles, ResidentBase, type ModelFiles } from '@diffprune/inference';
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

  constructor(readonly onProgress: (progress: Progress) => void) {}

  async open(source: BaseSource, { threads }: RunOptions, signal: AbortSignal): Promise<BaseFacts> {
    let bytes = 0;
    const read = async (name: string): Promise<Uint8Array> => {
      if ('url' in source) return readBytes(source.url + name, name, this.onProgress, signal);
      return new Uint8Array(await source.files.find((file) => file.name === name)!.arrayBuffer());
    };
    const files: ModelFiles = {
      folder: source.name,
      names: source.files.map((file) => (typeof file === 'string' ? file : file.name)),
      async open(name) {
        const content = await read(name);
        bytes += content.length;
        return memoryFiles({ [name]: content }, source.name).open(name);
      },
    };
    const began = performance.now();
    const loaded = await loadBase(files);
    const base = await ResidentBase.create(loaded, { threads });
    this.#base = base;
    const { numHiddenLayers, hiddenSize, vocabSize } = loaded.config;
    return {
      name: source.name,
      parameters: loaded.parameters,
      bytes,
      layers: numHiddenLayers,
      hidden: hiddenSize,
      words: vocabSize,
      fingerprint: loaded.fingerprint,
      runtime: base.runtime,
      milliseconds: performance.now() - began,
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
    const [began, switches] = [performance.now(), base.switches];
    const answer: Answer =
      'question' in input
        ? { kind: 'found', ...(await task.answer(input, { signal })) }
        : { kind: 'classified', ...(await task.classify(input, { signal })) };
    return {
      answer,
      milliseconds: performance.now() - began,
      switched: base.switches > switches ? task.switchTime : undefined,
    };
  }

  #opened(): ResidentBase {
    if (this.#base === undefined) throw new Error('no base is open yet');
    return this.#base;
  }
}
