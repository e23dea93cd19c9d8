import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  baseParameters,
  createTokenizer,
  exportTokenizerFiles,
  parameterSize,
  type BertConfig,
} from '@diffprune/bert';
import { loadCheckpoint, writeCheckpoint } from '@diffprune/bert/node';
import { applyDiff, loadBase, type Base, type StoredBase } from '@diffprune/inference/node';
import { sampleModelFolder } from '@diffprune/samples/node';
import { decodeDiff } from '@diffprune/sparse-diff';
import { random } from '@diffprune/testing/random';
import { makeTask } from './made-task.ts';
import { onnxBert } from './onnx-bert.ts';
import { miniLm, sizes } from './shapes.ts';

/** Shapes of models of random weights, by name. */
const madeShapes: Readonly<Record<string, BertConfig>> = { minilm: miniLm, base: sizes.base.config };

/** What a model is called: `sample` is the trained one. */
export type ModelName = 'sample' | 'minilm' | 'base';

/** A model for a page, and tasks of it. */
export class BrowserModel {
  private constructor(
    readonly name: ModelName,
    readonly base: Base & StoredBase,
    /** Names of the folder's files. */
    readonly files: readonly string[],
    /** Files of tasks that change 0.5% of every tensor. */
    readonly tasks: readonly Uint8Array[],
  ) {}

  /** @param folder for a model that is to be made */
  static async open(name: ModelName, folder: string, taskCount: number): Promise<BrowserModel> {
    const made = madeShapes[name];
    if (made) await writeModelFolder(made, folder);
    const base = await loadBase(made ? folder : sampleModelFolder(), { threads: 1 });
    const tasks = Array.from({ length: taskCount }, (_, i) => makeTask(base, i + 1, 0.01));
    return new BrowserModel(name, base, await readdir(base.folder), tasks);
  }

  /** An ONNX file of it, for the hidden states of all tokens. */
  onnx(): Uint8Array {
    return onnxBert(this.base.config as BertConfig, (name) => this.base.tensors.get(name)!.data);
  }

  /** An ONNX file of it with the first task on it. */
  async onnxOfTask(): Promise<Uint8Array> {
    const { manifest, tensors } = await decodeDiff(this.tasks[0]!);
    const head = new Map(tensors.map(({ name, values }) => [name, values]));
    const applied = await applyDiff(this.base, this.tasks[0]!);
    try {
      const parameters = (name: string) => this.base.tensors.get(name)?.data ?? head.get(name)!;
      return onnxBert(this.base.config as BertConfig, parameters, manifest.labels!.length);
    } finally {
      applied.revert();
    }
  }
}

/** Writes the folder of a model of random weights, with the sample model's tokenizer. */
async function writeModelFolder(config: BertConfig, folder: string): Promise<void> {
  await mkdir(folder);
  const next = random(3);
  // Biases and norms too are not 0 and 1, which ONNX Runtime would leave out of the graph.
  const tensors = baseParameters(config).map((spec): [string, Float32Array] => {
    const around = spec.initial === 'ones' ? 1 : 0;
    return [
      spec.name,
      Float32Array.from({ length: parameterSize(spec) }, () => around + (next() - 0.5) / 14),
    ];
  });
  const { tokenizerFiles } = await loadCheckpoint(sampleModelFolder());
  const known = tokenizerFiles['vocab.txt']!.trimEnd().split('\n');
  const unused = Array.from({ length: config.vocabSize - known.length }, (_, i) => `[unused ${i}]`);
  const files = { 'vocab.txt': `${[...known, ...unused].join('\n')}\n` };
  const { description } = createTokenizer(files, config.vocabSize, join(folder, 'vocab.txt'));
  const all = exportTokenizerFiles(files, description, config.positions);
  await writeCheckpoint(folder, { config, tensors: new Map(tensors), heads: [], tokenizerFiles: all });
}
