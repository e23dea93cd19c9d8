import type { AddedToken } from './added-tokens.ts';
import { type SpecialToken, specialTokens } from './tokenizer-description.ts';
import { isObject, type JsonObject, refuse, show } from './tokenizer-files.ts';
import { isId, type ParsedFiles, readAddedToken } from './tokenizer-json.ts';
import { VocabularyError } from './vocabulary-error.ts';

type Flags = Omit<AddedToken, 'id'>;

/** A token with the id that a file says it has, and what to call that file in messages. */
export type DeclaredToken = AddedToken & { readonly origin: string };

/** Special tokens that transformers gives every tokenizer. */
const standardNames = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'].map((name) => `${name}_token`);

const config = 'tokenizer_config.json';
const map = 'special_tokens_map.json';

/**
 * The added tokens that files give ids, by id. Where `tokenizer_config.json` has `added_tokens_decoder`, that is the
 * list; else `added_tokens.json` and `tokenizer.json` make it.
 *
 * @throws VocabularyError if `tokenizer.json` and `added_tokens_decoder` do not agree
 */
export function declaredTokens(files: ParsedFiles, named: ReadonlyMap<string, Flags>): DeclaredToken[] {
  const { json, settings, source, jsonAsItIs } = files;
  const own = (json?.addedTokens ?? []).map((token) => ({ ...token, origin: 'tokenizer.json' }));
  const listed = Object.hasOwn(settings, 'added_tokens_decoder');
  const others = listed ? decoderTokens(settings['added_tokens_decoder'], named, source) : fileTokens(files);
  const byId = new Map(others.map((token) => [token.id, token]));
  for (const token of own) {
    const other = byId.get(token.id);
    byId.set(token.id, token);
    if (!listed || (other === undefined && jsonAsItIs)) continue;
    const difference = differenceOf(token, other);
    if (difference === undefined) continue;
    throw new VocabularyError(
      `${source}: tokenizer.json adds ${show(token.content)} with the id ${token.id}, but "added_tokens_decoder" of ` +
        `${config} ${difference}; make them the same`,
    );
  }
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

function differenceOf(token: AddedToken, other: AddedToken | undefined): string | undefined {
  if (other?.content !== token.content) return 'does not';
  const flags = ['singleWord', 'lstrip', 'rstrip', 'normalized'] as const;
  const flag = flags.find((name) => other[name] !== token[name]);
  const name = flag === 'singleWord' ? 'single_word' : flag;
  return flag && `says that its "${name}" is ${other[flag]}, not ${token[flag]}`;
}

function decoderTokens(decoder: unknown, named: ReadonlyMap<string, Flags>, source: string): DeclaredToken[] {
  const file = `${source}: ${config}`;
  const special = new Set(
    [...named].filter(([name]) => !name.includes('[')).map(([, { content }]) => content),
  );
  if (!isObject(decoder)) return refuse(file, 'added_tokens_decoder', decoder, 'an object of tokens by id');
  return Object.entries(decoder).map(([key, token]) => {
    const setting = `added_tokens_decoder.${key}`;
    if (!/^\d{1,10}$/.test(key) || !isId(Number(key))) refuse(file, setting, token, 'an id as its name');
    const flags = readAddedToken(token, file, setting);
    const open = isObject(token) && (token['normalized'] ?? null) === null;
    const normalized = open ? !flags.special && !special.has(flags.content) : flags.normalized;
    return { id: Number(key), ...flags, normalized, origin: config };
  });
}

/** Tokens of `added_tokens.json`; those that transformers' own list of special tokens has are special. */
function fileTokens(files: ParsedFiles): DeclaredToken[] {
  const { addedTokens = {}, source } = files;
  const special = new Set<string>();
  for (const [name, token] of givenTokens(files)) {
    if (standardNames.includes(name) || name.startsWith('extra_special_tokens[')) special.add(token.content);
  }
  return Object.entries(addedTokens).map(([content, id]) => {
    if (!isId(id)) {
      throw new VocabularyError(`${source}: added_tokens.json: ${show(content)} has the id ${show(id)}`);
    }
    const isSpecial = special.has(content);
    const plain = { singleWord: false, lstrip: false, rstrip: false };
    return { id, content, ...plain, normalized: !isSpecial, special: isSpecial, origin: 'added_tokens.json' };
  });
}

/**
 * Tokens by the setting that names them, such as `cls_token` or `additional_special_tokens[0]`, in the order in which
 * transformers adds those that are not yet there: BERT's five, unless `tokenizer.json` is taken as it is, other names,
 * lists.
 *
 * @throws VocabularyError for a setting that is no token
 */
export function namedTokens(files: ParsedFiles): Map<string, Flags> {
  const given = givenTokens(files);
  if (!files.jsonAsItIs) {
    for (const [name, content] of Object.entries(specialTokens)) {
      const key = `${name}_token`;
      if (!given.has(key)) given.set(key, specialToken(content));
    }
  }
  const rank = (name: string): number => {
    if (standardNames.includes(name)) return standardNames.indexOf(name);
    return standardNames.length + (name.includes('[') ? 1 : 0);
  };
  return new Map([...given].sort(([a], [b]) => rank(a) - rank(b)));
}

/**
 * Tokens that `tokenizer_config.json` and, where it has no `added_tokens_decoder`, `special_tokens_map.json` name.
 * Transformers takes the `additional_special_tokens` of the first for `extra_special_tokens`.
 */
function givenTokens({
  settings,
  specialTokensMap = {},
  source,
  jsonAsItIs,
}: ParsedFiles): Map<string, Flags> {
  const tokens = new Map<string, Flags>();
  const ignored: Flags[] = [];
  const read = (json: JsonObject, file: string): void => {
    const token = (setting: string, value: unknown): Flags =>
      typeof value === 'string'
        ? specialToken(value)
        : readAddedToken(value, file, setting, json !== settings);
    for (const [setting, value] of Object.entries(json)) {
      const usual = specialTokens[setting.replace(/_token$/, '') as SpecialToken];
      if (value === null && usual !== undefined && setting.endsWith('_token') && !jsonAsItIs) {
        refuse(file, setting, value, `a token such as "${usual}", or no such setting`);
      }
      if (value === null || value === undefined) continue;
      if (standardNames.includes(setting) || (setting.endsWith('_token') && isNamedToken(value))) {
        tokens.set(setting, token(setting, isObject(value) ? { ...value, special: true } : value));
      } else if (setting === 'extra_special_tokens' && isObject(value)) {
        for (const [name, content] of Object.entries(value)) tokens.set(name, token(name, content));
      } else if (setting === 'extra_special_tokens' || setting === 'additional_special_tokens') {
        if (!Array.isArray(value)) refuse(file, setting, value, 'a list of tokens');
        const listName = json === settings ? 'extra_special_tokens' : setting;
        const list = value.map((content: unknown, i) => token(`${setting}[${i}]`, content));
        if (setting === 'additional_special_tokens' && takesOthers(json, settings)) ignored.push(...list);
        else for (const flags of list) tokens.set(`${listName}[${tokens.size}]`, flags);
      }
    }
  };
  read(settings, `${source}: ${config}`);
  if (!Object.hasOwn(settings, 'added_tokens_decoder')) read(specialTokensMap, `${source}: ${map}`);
  const known = new Set([...tokens.values()].map(({ content }) => content));
  const lost = ignored.find(({ content }) => !known.has(content));
  if (lost === undefined) return tokens;
  throw new VocabularyError(
    `${source}: "additional_special_tokens" names ${show(lost.content)}, but transformers takes only ` +
      `"extra_special_tokens" or the list of ${config} where there are several; name it there`,
  );
}

/** Whether transformers ignores the `additional_special_tokens` of a file for another list. */
function takesOthers(json: JsonObject, settings: JsonObject): boolean {
  if (json === settings) return !isEmpty(settings['extra_special_tokens']);
  return 'additional_special_tokens' in settings || 'extra_special_tokens' in { ...settings, ...json };
}

function isEmpty(list: unknown): boolean {
  return list === undefined || list === null || (Array.isArray(list) && list.length === 0);
}

function isNamedToken(value: unknown): boolean {
  return typeof value === 'string' || (isObject(value) && typeof value['content'] === 'string');
}

function specialToken(content: string): Flags {
  return { content, singleWord: false, lstrip: false, rstrip: false, normalized: false, special: true };
}
