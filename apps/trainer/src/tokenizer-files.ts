import type { TokenizerFiles } from '@diffprune/bert';
import { InputError } from '@diffprune/command-line';
import { bertWords, trainVocabulary, VocabularySizeError } from '@diffprune/training';
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
  const vocab = Object.fromEntries(vocabulary.map((token, id) => [token, id]));
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].filter((token) =>
    Object.hasOwn(vocab, token),
  );
  const marker = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } });
  const sequence = (id: 'A' | 'B', type: number) => ({ Sequence: { id, type_id: type } });
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content) => ({
      ...{ id: vocab[content], content, single_word: false, lstrip: false, rstrip: false },
      ...{ normalized: false, special: true },
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [marker('[CLS]'), sequence('A', 0), marker('[SEP]')],
      pair: [
        ...[marker('[CLS]'), sequence('A', 0), marker('[SEP]'), sequence('B', 1)],
        { SpecialToken: { id: '[SEP]', type_id: 1 } },
      ],
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((id) => [id, { id, ids: [vocab[id]], tokens: [id] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
  const settings = {
    tokenizer_class: 'BertTokenizer',
    do_lower_case: true,
    model_max_length: maxLength,
    ...{
      pad_token: '[PAD]',
      unk_token: '[UNK]',
      cls_token: '[CLS]',
      sep_token: '[SEP]',
      mask_token: '[MASK]',
    },
  };
  const text = (json: object): string => `${JSON.stringify(json, null, 2)}\n`;
  return {
    'tokenizer.json': text(tokenizer),
    'vocab.txt': `${vocabulary.join('\n')}\n`,
    'tokenizer_config.json': text(settings),
  };
}
