import type { InferenceSession, Tensor } from 'onnxruntime-common';

/** What an engine is made with. */
export interface EngineOptions {
  /** Threads that share the work of one operation on the processor; by default, one for each core. */
  readonly threads?: number | undefined;
  /** The build of ONNX Runtime to use; by default the engine's own. In a browser, pass `onnxruntime-web`. */
  readonly runtime?: OnnxRuntime | undefined;
}

/** What is used of a build of ONNX Runtime; the modules `onnxruntime-node` and `onnxruntime-web` both have it. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<OnnxSession>;
  };
  readonly Tensor: typeof Tensor;
  /** Settings of all sessions, read when the first one is made. */
  readonly env?: { readonly wasm: { numThreads?: number | undefined } };
}

/** What is used of a session of ONNX Runtime. */
export interface OnnxSession {
  run(
    inputs: InferenceSession.FeedsType,
    outputs: InferenceSession.FetchesType,
  ): Promise<InferenceSession.ReturnType>;
  release(): Promise<void>;
}
