/** Kernels cannot do what they are asked to. */
export class InferenceKernelError extends Error {
  override readonly name: string = 'InferenceKernelError';
}

/** A memory has no room for what is asked of it. */
export class OutOfMemoryError extends InferenceKernelError {
  override readonly name = 'OutOfMemoryError';
}

/** The GPU was lost (its driver failed, it was taken away), with all that lay in its memory. */
export class DeviceLostError extends InferenceKernelError {
  override readonly name = 'DeviceLostError';

  constructor(reason: string) {
    super(
      `the GPU was lost${reason && `: ${reason}`}; nothing of its memory is left: load the base anew, on it or with ` +
        "runtime: 'wasm'",
    );
  }
}
