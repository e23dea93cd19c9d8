import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { Tokenizer } from '@diffprune/bert';
import type { TokenText } from '@diffprune/training';
import { chunksOf, corpusLines } from './corpus.ts';
import { InputError } from './errors.ts';
import { temporarySuffix } from './files.ts';

/** Ids gathered before they are written. */
const blockSize = 2 ** 18;
/** Chunks whose ids are remembered: the frequent ones, which are most of a text. */
const rememberedChunks = 2 ** 19;

/**
 * Writes the ids of text files, each document's with [SEP] behind them, as little-endian 32-bit integers. Documents are
 * divided by empty lines. Under its name the file appears when it is complete.
 *
 * @param note takes the number of tokens so far, now and then
 * @returns the number of tokens
 */
export async function writeTokenFile(
  path: string,
  texts: readonly string[],
  tokenizer: Tokenizer,
  note: (tokens: number) => void = () => {},
): Promise<number> {
  const temporary = `${path}.${process.pid}${temporarySuffix}`;
  const known = new Map<string, readonly number[]>();
  const block = new Int32Array(blockSize);
  let [filled, total, documentTokens] = [0, 0, 0];
  try {
    const file = await open(temporary, 'w');
    const flush = async (): Promise<void> => {
      await file.writeFile(new Uint8Array(block.buffer, 0, 4 * filled));
      total += filled;
      filled = 0;
      note(total);
    };
    const put = async (ids: readonly number[]): Promise<void> => {
      for (const id of ids) {
        block[filled++] = id;
        if (filled === blockSize) await flush();
      }
    };
    try {
      for await (const line of corpusLines(texts)) {
        const chunks = chunksOf(line);
        if (chunks.length === 0 && documentTokens > 0) {
          await put([tokenizer.sepId]);
          documentTokens = 0;
        }
        for (const chunk of chunks) {
          let ids = known.get(chunk);
          if (ids === undefined) {
            ids = tokenizer.ids(chunk);
            if (known.size < rememberedChunks) known.set(chunk, ids);
          }
          documentTokens += ids.length;
          await put(ids);
        }
      }
      await flush();
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return total;
}

/** The tokens of a file that {@link writeTokenFile} wrote, or a part of them, read as they are needed. */
export class TokenFile implements TokenText {
  readonly #descriptor: number;

  private constructor(
    readonly path: string,
    descriptor: number,
    readonly first: number,
    readonly length: number,
  ) {
    this.#descriptor = descriptor;
  }

  /** @throws InputError for a file that is not made of 32-bit integers */
  static open(path: string): TokenFile {
    const descriptor = openSync(path, 'r');
    const { size } = fstatSync(descriptor);
    if (size % 4 !== 0) {
      closeSync(descriptor);
      throw new InputError(
        `${path} has ${size} bytes, which are no 32-bit tokens; delete it to have it made anew`,
      );
    }
    return new TokenFile(path, descriptor, 0, size / 4);
  }

  /** Tokens `from` to `to`, in the same open file. */
  part(from: number, to: number): TokenFile {
    return new TokenFile(this.path, this.#descriptor, this.first + from, to - from);
  }

  read(position: number, into: Int32Array): void {
    const bytes = readSync(this.#descriptor, into, 0, into.byteLength, 4 * (this.first + position));
    if (position + into.length > this.length || bytes < into.byteLength) {
      throw new RangeError(`${this.path}: tokens ${position} to ${position + into.length} of ${this.length}`);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
