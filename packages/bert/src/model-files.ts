import { memorySource, type ByteSource } from '@diffprune/files';

/** The files of a model as a Hugging Face folder has them, wherever they lie. */
export interface ModelFiles<Source extends ByteSource = ByteSource> {
  /** What messages call the folder. */
  readonly folder: string;
  readonly names: readonly string[];
  /** Opens one of them; whoever opens it closes it. */
  open(name: string): Promise<Source>;
}

/**
 * A model's files in memory.
 *
 * @param files their bytes by name: `config.json`, `model.safetensors`, …
 * @param folder what messages call it
 */
export function memoryFiles(files: Readonly<Record<string, Uint8Array>>, folder = 'model'): ModelFiles {
  return {
    folder,
    names: Object.keys(files),
    open: (name) => Promise.resolve(memorySource(`${folder}/${name}`, files[name]!)),
  };
}
