import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * The lines of text files, one file after the other, without reading more than a piece of them at a time. Each file
 * ends with an empty line, as each document in it does.
 */
export async function* corpusLines(paths: readonly string[]): AsyncGenerator<string, void> {
  for (const path of paths) {
    const input = createReadStream(path, { highWaterMark: 2 ** 20 });
    yield* createInterface({ input, crlfDelay: Infinity });
    yield '';
  }
}

/** What stands between white space that BERT's tokenizers keep. Save for added tokens, no rule of theirs looks across. */
export function chunksOf(line: string): string[] {
  return line.match(/[^\t\n\r\p{Zs}\u2028\u2029]+/gu) ?? [];
}
