/** A kernel was called with arrays or numbers that it cannot work on, or a slab cannot be had. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
}
