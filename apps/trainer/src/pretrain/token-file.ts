import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Tokenizer } from '@diffprune/bert';
import { writeFileAtomically } from '@diffprune/files/node';
import { InputError } from '@diffprune/command-line';
import type { TokenText } from '@diffprune/pretraining';
import { chunksOf, corpusLines } from './corpus.ts';

/** Ids gathered before they are written. */
const blockSize = 2 ** 18;
/** Chunks whose ids are remembered: the frequent ones, which are most of a text. */
const rememberedChunks = 2 ** 19;

/**
 * Writes the ids of text files, each document's with [SEP] behind them, as little-endian 32-bit integers. Documents are
 * divided by empty lines. Under its name the file appears when it is complete.
 *
 * @returns the number of tokens
 */
export async function writeTokenFile(
  path: string,
  texts: readonly string[],
  tokenizer: Tokenizer,
): Promise<number> {
  let total = 0;
  await writeFileAtomically(path, blocks());
  return total;

  /** The ids' bytes, valid until the next are asked for. */
  async function* blocks(): AsyncGenerator<Uint8Array, void> {
    const block = new Int32Array(blockSize);
    let filled = 0;
    for await (const ids of lineIds(texts, tokenizer)) {
      total += ids.length;
      for (const id of ids) {
        block[filled++] = id;
        if (filled < blockSize) continue;
        yield new Uint8Array(block.buffer);
        filled = 0;
      }
    }
    yield new Uint8Array(block.buffer, 0, 4 * filled);
  }
}

/** The ids of each line, for one that ends a document [SEP]. */
async function* lineIds(
  texts: readonly string[],
  tokenizer: Tokenizer,
): AsyncGenerator<readonly number[], void> {
  const known = new Map<string, readonly number[]>();
  const idsOf = (chunk: string): readonly number[] => {
    const remembered = known.get(chunk);
    if (remembered !== undefined) return remembered;
    const ids = tokenizer.ids(chunk);
    if (known.size < rememberedChunks) known.set(chunk, ids);
    return ids;
  };
  let documentTokens = 0;
  const spaced = tokenizer.description.addedTokens.some(({ content }) => chunksOf(content)[0] !== content);
  for await (const line of corpusLines(texts)) {
    // an added token that holds white space is found in a whole line alone
    const chunks = spaced && chunksOf(line).length > 0 ? [line] : chunksOf(line);
    const ends = chunks.length === 0 && documentTokens > 0;
    const ids = ends ? [tokenizer.sepId] : chunks.flatMap(idsOf);
    documentTokens = ends ? 0 : documentTokens + ids.length;
    yield ids;
  }
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
