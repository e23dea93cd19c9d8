/** Kernels cannot do what they are asked to. */
export class InferenceKernelError extends Error {
  override readonly name = 'InferenceKernelError';
}
