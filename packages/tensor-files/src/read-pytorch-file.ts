import { openRegularFile } from '@diffprune/files/node';
import { openPyTorch } from './open-pytorch.ts';
import { readAll, type StoredTensor } from './tensor-file.ts';

/**
 * Reads a state dict that `torch.save` wrote, one tensor at a time.
 *
 * @throws PyTorchFileError as `openPyTorch`; FileError if it is no regular file; the error of the file system if it
 *   cannot be read
 */
export async function readPyTorchFile(path: string): Promise<Map<string, StoredTensor>> {
  const file = await openRegularFile(path);
  try {
    return await readAll(await openPyTorch(file));
  } finally {
    await file.close();
  }
}
