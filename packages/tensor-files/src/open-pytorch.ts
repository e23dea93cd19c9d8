import type { ByteSource } from '@diffprune/files';
import type { TensorFile } from './tensor-file.ts';

/**
 * Opens a state dict that `torch.save` wrote. Tensors, their names, and nothing else are accepted; nothing in the file is
 * executed, and no size that it claims is believed before it is checked. What reads it is loaded when it is asked for: a
 * page with safetensors needs none of it.
 *
 * @param source stays open as long as tensors are read
 * @throws PyTorchFileError if it is malformed or holds anything else; what the source throws. Reading a tensor throws it
 *   for numbers of a type that is not read (complex and 8-bit floats)
 */
export async function openPyTorch(source: ByteSource): Promise<TensorFile> {
  const { openStateDict } = await import('./pytorch-file.ts');
  return openStateDict(source);
}
