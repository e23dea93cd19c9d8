import type { Tokenizer } from '@diffprune/bert';
import { fingerprintText } from '@diffprune/sparse-diff';

/** Its ids tell how a tokenizer treats case, accents, Chinese characters, punctuation and white space. */
const probe = 'Été, ÜBER naïve\u00a0ﬁ 中文 can\u2019t\tA.B. e\u0301 [MASK]';

/**
 * A tokenizer's fingerprint, by which a diff names the one that it was trained with: the SHA-256, in hexadecimal, of
 * its tokens in the order of their ids, of the ids that it gives a probe text and, where it has any, of rules that
 * BERT's own tokenizers do not have. It does not depend on which files the tokenizer came from.
 */
export async function fingerprintTokenizer(tokenizer: Tokenizer): Promise<string> {
  const tokens = Array.from({ length: tokenizer.size }, (_, id) => tokenizer.token(id) ?? null);
  const text = JSON.stringify([tokens, tokenizer.ids(probe), ...unusualRules(tokenizer)]);
  return fingerprintText(text);
}

/** What neither the tokens nor the probe show of a tokenizer; nothing of one with BERT's own rules. */
function unusualRules({ description }: Tokenizer): unknown[] {
  const { addedTokens, normalizer, special, unkToken } = description;
  const { continuingSubwordPrefix: prefix, maxInputCharsPerWord: longest } = description;
  const own = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  const plain = { singleWord: false, lstrip: false, rstrip: false, normalized: false };
  const added = addedTokens.map(({ id, content, singleWord, lstrip, rstrip, normalized }) => {
    return { id, content, singleWord, lstrip, rstrip, normalized };
  });
  const usual = own.flatMap((content) => {
    const token = addedTokens.find((token) => token.content === content);
    return token ? [{ id: token.id, content, ...plain }] : [];
  });
  const rules = {
    ...(JSON.stringify(added) !== JSON.stringify(usual.sort((a, b) => a.id - b.id)) && { added }),
    ...(!normalizer.cleanText && { cleanText: false }),
    ...(prefix !== '##' && { prefix }),
    ...(longest !== 100 && { longest }),
    ...(unkToken !== '[UNK]' && { unkToken }),
    ...(Object.values(special).join() !== own.join() && { special }),
  };
  return Object.keys(rules).length === 0 ? [] : [rules];
}
