import { TensorFileError } from './tensor-file-error.ts';

/** A PyTorch file that is malformed, or holds anything but tensors. */
export class PyTorchFileError extends TensorFileError {
  override readonly name = 'PyTorchFileError';
}
