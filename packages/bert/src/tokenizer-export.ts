import type { TokenizerDescription } from './tokenizer-description.ts';
import { type JsonObject, parseJsonObject, type TokenizerFiles } from './tokenizer-files.ts';
import { writeAddedToken, writeTokenizerJson } from './tokenizer-json.ts';

/**
 * Tokenizer files by which Hugging Face's libraries, told nothing, give the ids of this tokenizer and, where they are
 * asked to cut, cut rows to a length: `tokenizer.json` is written anew with all that decides the ids, and
 * `tokenizer_config.json` says it once more for transformers. Other files stay as they are.
 *
 * @param files those that the tokenizer was made from
 * @param maxLength longest row, special tokens included
 */
export function exportTokenizerFiles(
  files: TokenizerFiles,
  tokenizer: TokenizerDescription,
  maxLength: number,
): TokenizerFiles {
  const { normalizer, special, addedTokens } = tokenizer;
  const given = parseJsonObject(files['tokenizer_config.json'] ?? '{}', 'tokenizer_config.json');
  const names = Object.entries(special).map(([name, content]) => [`${name}_token`, content]);
  const settings: JsonObject = {
    tokenizer_class: 'BertTokenizer',
    ...Object.fromEntries(names),
    ...given,
    do_lower_case: normalizer.lowercase,
    strip_accents: normalizer.stripAccents,
    tokenize_chinese_chars: normalizer.handleChineseChars,
    added_tokens_decoder: Object.fromEntries(addedTokens.map((token) => [token.id, writeAddedToken(token)])),
    model_input_names: ['input_ids', 'token_type_ids', 'attention_mask'],
    model_max_length: maxLength,
  };
  return {
    ...files,
    'tokenizer.json': formatJson(writeTokenizerJson(tokenizer, maxLength)),
    'tokenizer_config.json': formatJson(settings),
  };
}

/** Text of a JSON file. */
export function formatJson(json: JsonObject): string {
  return `${JSON.stringify(json, null, 2)}\n`;
}
