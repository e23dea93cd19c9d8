import type { Tokenizer } from '@diffprune/bert';

/** Its ids tell how a tokenizer treats case, accents, Chinese characters, punctuation and white space. */
const probe = 'Été, ÜBER naïve\u00a0ﬁ 中文 can\u2019t\tA.B. e\u0301 [MASK]';

/**
 * A tokenizer's fingerprint, by which a diff names the one that it was trained with: the SHA-256, in hexadecimal, of
 * its tokens in the order of their ids and of the ids that it gives a probe text. It does not depend on which files
 * the tokenizer came from.
 */
export async function fingerprintTokenizer(tokenizer: Tokenizer): Promise<string> {
  const tokens = Array.from({ length: tokenizer.size }, (_, id) => tokenizer.token(id) ?? null);
  const text = JSON.stringify([tokens, tokenizer.ids(probe)]);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
