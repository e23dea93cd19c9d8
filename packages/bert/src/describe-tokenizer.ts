import type { AddedToken } from './added-tokens.ts';
import type { BertNormalizer } from './bert-normalizer.ts';
import { declaredTokens, namedTokens } from './declared-tokens.ts';
import { checkSettings, takesJsonAsItIs } from './tokenizer-config.ts';
import {
  bertWordPiece,
  specialTokens,
  type SpecialToken,
  type TokenizerDescription,
} from './tokenizer-description.ts';
import {
  checkFileSize,
  type JsonObject,
  parseJsonObject,
  refuse,
  show,
  tokenizerFileNames,
  type TokenizerFiles,
} from './tokenizer-files.ts';
import { checkPostProcessor, type ParsedFiles, readTokenizerJson } from './tokenizer-json.ts';
import { readVocabularyFile } from './vocabulary-file.ts';
import { VocabularyError } from './vocabulary-error.ts';
import type { WordPieceModel } from './word-piece.ts';

/**
 * Finds out what a folder's tokenizer files say together, as transformers does (version 5): its `BertTokenizer` takes
 * the vocabulary and the tokens, and makes its own normalizer by `do_lower_case`, `strip_accents` and
 * `tokenize_chinese_chars` of `tokenizer_config.json`; its `PreTrainedTokenizerFast` takes `tokenizer.json` as it is.
 * Where that and the Rust library's reading of `tokenizer.json` alone would differ, and no setting says what is meant,
 * the files are refused.
 *
 * @param vocabSize the model's
 * @param source what to call the files in messages, usually their folder
 * @throws VocabularyError naming the file and the setting
 */
export function describeTokenizer(
  files: TokenizerFiles,
  vocabSize: number,
  source: string,
): TokenizerDescription {
  for (const name of tokenizerFileNames) {
    checkFileSize(files[name]?.length ?? 0, vocabSize, `${source}: ${name}`);
  }
  const parsed = parseFiles(files, source);
  const { json, settings } = parsed;
  const named = namedTokens(parsed);
  const special = specialContents(named);
  const model = modelOf(files, parsed, special);
  if (!model.vocabulary.has(model.unkToken)) lacks(source, model.unkToken);
  const normalizer = json ? mergeNormalizer(json.normalizer, parsed) : ownNormalizer(settings);

  const declared = declaredTokens(parsed, named);
  const known = new Set([...model.vocabulary.keys(), ...declared.map(({ content }) => content)]);
  for (const content of Object.values(special)) if (!known.has(content)) lacks(source, content);
  const addedTokens = numberTokens(declared, named, model.vocabulary, vocabSize, source);
  const ids = new Map([...model.vocabulary, ...addedTokens.map(({ content, id }) => [content, id] as const)]);
  for (const [token, id] of ids) {
    if (/\p{Cs}/u.test(token)) {
      throw new VocabularyError(`${source}: token ${show(token)} is no text: it holds half of a UTF-16 pair`);
    }
    if (id < vocabSize) continue;
    throw new VocabularyError(
      `${source}: token ${show(token)} has id ${id}, but the model has only ${vocabSize} words; ` +
        `use the vocabulary that the model was trained with`,
    );
  }
  const specialIds = Object.fromEntries(
    Object.entries(special).map(([name, content]) => [name, ids.get(content)]),
  ) as Record<SpecialToken, number>;
  checkPostProcessor(json?.postProcessor, specialIds, `${source}: tokenizer.json`);
  return { ...model, normalizer, addedTokens, special };
}

function parseFiles(files: TokenizerFiles, source: string): ParsedFiles {
  const parse = (name: keyof TokenizerFiles): JsonObject | undefined => {
    const text = files[name];
    return text === undefined ? undefined : parseJsonObject(text, `${source}: ${name}`);
  };
  const tokenizerJson = parse('tokenizer.json');
  const settings = parse('tokenizer_config.json') ?? {};
  checkSettings(settings, `${source}: tokenizer_config.json`);
  const [specialTokensMap, addedTokens] = [parse('special_tokens_map.json'), parse('added_tokens.json')];
  return {
    source,
    settings,
    jsonAsItIs: takesJsonAsItIs(settings),
    ...(tokenizerJson && { json: readTokenizerJson(tokenizerJson, `${source}: tokenizer.json`) }),
    ...(specialTokensMap && { specialTokensMap }),
    ...(addedTokens && { addedTokens }),
  };
}

function specialContents(named: ReadonlyMap<string, Omit<AddedToken, 'id'>>): Record<SpecialToken, string> {
  const contents = Object.entries(specialTokens).map(([name, usual]) => {
    return [name, named.get(`${name}_token`)?.content ?? usual];
  });
  return Object.fromEntries(contents) as Record<SpecialToken, string>;
}

function modelOf(
  files: TokenizerFiles,
  { json, settings, jsonAsItIs, source }: ParsedFiles,
  special: Readonly<Record<SpecialToken, string>>,
): WordPieceModel {
  const own = { ...bertWordPiece, unkToken: special.unk };
  if (json === undefined) {
    if (jsonAsItIs) {
      const expected = '"BertTokenizer", or tokenizer.json beside it, which is missing';
      refuse(`${source}: tokenizer_config.json`, 'tokenizer_class', settings['tokenizer_class'], expected);
    }
    if (files['vocab.txt'] === undefined) {
      throw new VocabularyError(
        `${source}: neither tokenizer.json nor vocab.txt is there; one of them is needed`,
      );
    }
    if (files['vocab.txt'].startsWith('\ufeff')) {
      throw new VocabularyError(
        `${source}: vocab.txt begins with a byte-order mark, which would belong to its first token; save it without`,
      );
    }
    return { vocabulary: readVocabularyFile(files['vocab.txt']), ...own };
  }
  const { vocabulary, unkToken, continuingSubwordPrefix, maxInputCharsPerWord } = json;
  const model = { vocabulary, unkToken, continuingSubwordPrefix, maxInputCharsPerWord };
  if (jsonAsItIs) return model;
  const file = `${source}: tokenizer.json`;
  const settingOf = {
    unkToken: 'model.unk_token',
    continuingSubwordPrefix: 'model.continuing_subword_prefix',
    maxInputCharsPerWord: 'model.max_input_chars_per_word',
  } as const;
  for (const key of Object.keys(settingOf) as (keyof typeof settingOf)[]) {
    if (model[key] !== own[key]) {
      const expected = `${show(own[key])}, as transformers' BertTokenizer has it; ${otherClass}`;
      refuse(file, settingOf[key], model[key], expected);
    }
  }
  return model;
}

const otherClass =
  'if tokenizer.json is right, say "tokenizer_class": "PreTrainedTokenizerFast" in tokenizer_config.json';

/** The normalizer that transformers' `BertTokenizer` makes of its settings. */
function ownNormalizer(settings: JsonObject): BertNormalizer {
  return {
    cleanText: true,
    handleChineseChars: (settings['tokenize_chinese_chars'] ?? true) as boolean,
    stripAccents: (settings['strip_accents'] ?? null) as boolean | null,
    lowercase: (settings['do_lower_case'] ?? true) as boolean,
  };
}

/** The parts of the normalizer: the name of each in `tokenizer.json` and the setting that wins over it, if one does. */
const parts = {
  cleanText: { name: 'clean_text', setting: undefined },
  handleChineseChars: { name: 'handle_chinese_chars', setting: 'tokenize_chinese_chars' },
  stripAccents: { name: 'strip_accents', setting: 'strip_accents' },
  lowercase: { name: 'lowercase', setting: 'do_lower_case' },
} as const;

/**
 * The normalizer of `tokenizer.json`, or that of the settings of `tokenizer_config.json`.
 *
 * @throws VocabularyError where they differ and it is not for the settings to decide, or no setting says what is meant
 */
function mergeNormalizer(
  json: BertNormalizer,
  { settings, jsonAsItIs, source }: ParsedFiles,
): BertNormalizer {
  const own = ownNormalizer(settings);
  const lowercase = jsonAsItIs ? json.lowercase : own.lowercase;
  for (const part of Object.keys(parts) as (keyof typeof parts)[]) {
    const { name, setting } = parts[part];
    // A file that leaves strip_accents open leaves it to the lower-casing, whichever file decides on that.
    const [found, wanted] = [json[part] ?? lowercase, own[part] ?? lowercase];
    const explicit = setting !== undefined && Object.hasOwn(settings, setting);
    if (found === wanted || explicit !== jsonAsItIs) continue;
    if (explicit) {
      const expected = `${found}, as in tokenizer.json, which ${String(settings['tokenizer_class'])} takes as it is`;
      refuse(`${source}: tokenizer_config.json`, setting, settings[setting], expected);
    }
    throw new VocabularyError(
      `${source}: tokenizer.json: "normalizer.${name}" is ${found}, but transformers' BertTokenizer takes ${wanted} ` +
        `where tokenizer_config.json does not say; ` +
        (setting === undefined ? otherClass : `say "${setting}" in tokenizer_config.json`),
    );
  }
  return jsonAsItIs ? json : own;
}

/**
 * Gives added tokens their ids as the Rust library does, which heeds no id but that of the vocabulary: a token outside
 * it gets the next number.
 *
 * @param declared tokens with the ids that the files say they have
 * @param named tokens that are added where they are not among those
 * @throws VocabularyError for a token that would get another id than its file says, or one that the model has not
 */
function numberTokens(
  declared: readonly (AddedToken & { readonly origin: string })[],
  named: ReadonlyMap<string, Omit<AddedToken, 'id'>>,
  vocabulary: ReadonlyMap<string, number>,
  vocabSize: number,
  source: string,
): AddedToken[] {
  const added = new Map<string, AddedToken>();
  let next = vocabulary.size;
  const add = (token: Omit<AddedToken, 'id'>, origin: string): number => {
    const id = vocabulary.get(token.content) ?? next;
    if (id >= vocabSize) {
      throw new VocabularyError(
        `${source}: ${origin} adds ${show(token.content)} with the id ${id}, but the model has only ${vocabSize} ` +
          `words; use the files that the model was trained with`,
      );
    }
    next = Math.max(next, id + 1);
    added.set(token.content, { id, ...token });
    return id;
  };
  for (const { origin, id: said, ...token } of declared) {
    if (token.content === '')
      throw new VocabularyError(`${source}: ${origin} adds an empty token, id ${said}`);
    const id = added.get(token.content)?.id ?? add(token, origin);
    if (id !== said) {
      throw new VocabularyError(
        `${source}: ${origin} says that ${show(token.content)} has the id ${said}, but it gets ${id}: ` +
          `the one of the vocabulary, or the next behind it`,
      );
    }
  }
  for (const [setting, token] of named) {
    if (token.content !== '' && !added.has(token.content)) add(token, `"${setting}"`);
  }
  return [...added.values()].sort((a, b) => a.id - b.id);
}

function lacks(source: string, token: string): never {
  throw new VocabularyError(`${source}: the vocabulary lacks ${token}`);
}
