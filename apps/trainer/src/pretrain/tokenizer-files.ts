import { createTokenizer, exportTokenizerFiles, type TokenizerFiles } from '@diffprune/bert';
import { InputError } from '@diffprune/command-line';
import { bertWords, trainVocabulary, VocabularySizeError } from '@diffprune/pretraining';
import { chunksOf, corpusLines } from './corpus.ts';

/** Different chunks of text that are counted before they are divided into words: each once, not at every place. */
const countedChunks = 2 ** 19;

/** How often each word comes in text files, by the rules of BERT's uncased models. */
export async function countWords(texts: readonly string[]): Promise<Map<string, number>> {
  const words = new Map<string, number>();
  const chunks = new Map<string, number>();
  const divide = (): void => {
    for (const [chunk, count] of chunks) {
      for (const word of bertWords(chunk)) words.set(word, (words.get(word) ?? 0) + count);
    }
    chunks.clear();
  };
  for await (const line of corpusLines(texts)) {
    for (const chunk of chunksOf(line)) chunks.set(chunk, (chunks.get(chunk) ?? 0) + 1);
    if (chunks.size >= countedChunks) divide();
  }
  divide();
  return words;
}

/**
 * Learns an uncased WordPiece vocabulary from text files.
 *
 * @param size entries, special tokens included
 * @throws InputError if the texts' characters alone are more
 */
export async function learnVocabulary(texts: readonly string[], size: number): Promise<string[]> {
  try {
    return trainVocabulary(await countWords(texts), size);
  } catch (error) {
    if (!(error instanceof VocabularySizeError)) throw error;
    throw new InputError(`${error.message}; raise --vocabulary-size`);
  }
}

/** The files by which Hugging Face's libraries, and this one, make an uncased BERT tokenizer of a vocabulary. */
export function uncasedTokenizerFiles(vocabulary: readonly string[], maxLength: number): TokenizerFiles {
  const files = {
    'vocab.txt': `${vocabulary.join('\n')}\n`,
    'tokenizer_config.json': JSON.stringify({ do_lower_case: true }),
  };
  const { description } = createTokenizer(files, vocabulary.length, 'the vocabulary');
  return exportTokenizerFiles(files, description, maxLength);
}
