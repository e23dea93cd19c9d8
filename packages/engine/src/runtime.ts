import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { EngineUnavailableError } from './errors.ts';
import { shareHeap } from './shared-heap.ts';

/** What this package uses of ONNX Runtime; the modules `@diffprune/onnxruntime` (`onnxruntime-node`) and
 * `onnxruntime-web` both have it. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: typeof Tensor;
  /**
   * Whether it copies outputs into fresh arrays even where it has written them to given ones, one after the other, and
   * ends with an error at one that is no tensor. onnxruntime-node does: 50 MB a step of 29 million parameters, a
   * tenth of its time, and garbage enough for V8 to collect at each step.
   */
  readonly copiesOutputs?: boolean;
  /** Whether programs allocate from one heap of the process (`shareHeap`), and need no arenas. */
  readonly sharesHeap?: boolean;
}

/**
 * Imports a library that may be missing. A variable name keeps bundlers from following it: a web page's bundle
 * must not contain ONNX Runtime for Node, nor one without TensorFlow's native library ask for it.
 */
export async function importLibrary(name: string): Promise<Record<string, unknown>> {
  const library = name;
  return (await import(/* @vite-ignore */ /* webpackIgnore: true */ library)) as Record<string, unknown>;
}

/**
 * ONNX Runtime for Node: `@diffprune/onnxruntime`; for CUDA the user's own `onnxruntime-node`, whose install step has
 * downloaded the libraries.
 *
 * @throws EngineUnavailableError in a browser, or where its library does not load
 */
export async function nodeRuntime(provider: string): Promise<OnnxRuntime> {
  const library = provider === 'cuda' ? 'onnxruntime-node' : '@diffprune/onnxruntime';
  try {
    const module = await importLibrary(library);
    const { InferenceSession, Tensor } = (module['default'] ?? module) as unknown as OnnxRuntime;
    return { InferenceSession, Tensor, copiesOutputs: true, sharesHeap: shareHeap() };
  } catch (error) {
    throw new EngineUnavailableError(
      `${library} does not load (${(error as Error).message}). In Node, install it with ` +
        `'npm install ${library}'; in a browser, pass the module 'onnxruntime-web' as the option 'runtime'`,
      { cause: error },
    );
  }
}
