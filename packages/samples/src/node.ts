import { fileURLToPath } from 'node:url';

/** The folder of the sample model, in Hugging Face's layout; see `sampleModelUrls`. */
export function sampleModelFolder(): string {
  return fileURLToPath(new URL('../model', import.meta.url));
}
