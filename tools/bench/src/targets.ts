import { methodNames } from '@diffprune/training';

/** A figure that the project means to reach. */
export interface Target {
  readonly name: string;
  readonly value: number;
  /** The largest value that is good. */
  readonly limit: number;
  readonly ok: boolean;
}

/** A method's step, and its program alone, over full fine-tuning's: 1.1 for every method at these sizes. */
const methodLimits = methodNames
  .filter((name) => name !== 'full')
  .flatMap((name) => ['mini', 'small', 'base'].map((size) => `${name}/${size}`))
  .flatMap((of) => [`method-vs-full/${of}`, `method-program-vs-full/${of}`])
  .map((name) => [name, 1.1] as const);

/** A forward pass in a page over transformers.js's: BERT-base at 16 tokens is bound by reading its weights. */
const browserLimits = ['sample', 'minilm', 'base'].flatMap((model) => {
  const limits = [];
  for (const shape of ['1x16', '1x128', '8x16', '8x128']) {
    const wasm = `${model}/${shape}` === 'base/1x16' ? 0.9 : 0.75;
    for (const [on, limit] of Object.entries({ 'wasm-1': wasm, 'wasm-2': wasm, webgpu: 0.5 }))
      limits.push([`browser-vs-transformers-js/${on}/${model}/${shape}`, limit] as const);
  }
  return limits;
});

/** Limits of all targets by name. */
export const limits: Readonly<Record<string, number>> = {
  ...Object.fromEntries(methodLimits),
  'diff-step-ms/tiny': 125,
  'diff-vs-full/mini': 1.1,
  'diff-vs-full/small': 1.1,
  'diff-vs-full/base': 1.1,
  'diff-vs-torch/tiny': 0.5,
  'diff-vs-torch/mini': 0.5,
  'diff-vs-torch/base': 0.5,
  'diff-vs-torch-bf16/tiny': 0.8,
  'diff-vs-torch-bf16/mini': 0.8,
  'diff-vs-torch-bf16/base': 0.8,
  'program-vs-matmul/base': 1.25,
  'bytes-per-parameter/base': 40,
  'peak-memory-gib/large': 22,
  'position-bits-vs-entropy': 1.01,
  'apply-ms/base': 20,
  'switch-ms/minilm': 5,
  'switch-ms/base': 10,
  ...Object.fromEntries(browserLimits),
  'browser-switch-ms/wasm-1/minilm': 5,
  'browser-switch-ms/wasm-1/base': 10,
  'browser-switch-ms/webgpu/minilm': 20,
  'browser-switch-ms/webgpu/base': 20,
  'browser-inexact-switches': 0,
  'browser-first-answer-ms/minilm': 300,
  'serve-wrong': 0,
  'serve-lost': 0,
  'serve-memory-growth': 1.1,
};

/** Targets among figures by name; figures without a limit are none. */
export function targets(figures: Readonly<Record<string, number>>): Target[] {
  return Object.entries(limits).flatMap(([name, limit]) => {
    const value = figures[name];
    return value === undefined ? [] : [{ name, value, limit, ok: value <= limit }];
  });
}
