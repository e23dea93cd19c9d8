import { JsonError } from './errors.ts';

/** What a JSON text has to keep to beside the grammar. */
export interface JsonRules {
  /** Levels of objects and lists within one another, 100 unless told. */
  readonly maxDepth?: number;
  /** Whether an object may name a key once only (RFC 8259, section 4, leaves open which of two counts). */
  readonly uniqueKeys?: boolean;
  /** Whether numbers may be written as digits alone: no sign, fraction or exponent. */
  readonly naturalNumbers?: boolean;
}

const usualDepth = 100;

/**
 * Parses JSON, no deeper than the rules say, so that whoever walks through the value may recurse.
 *
 * @throws JsonError saying what is wrong and, where it is a rule that is broken, at which character
 */
export function parseJson(text: string, rules: JsonRules = {}): unknown {
  let value: unknown;
  checkDepth(text, rules.maxDepth ?? usualDepth);
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new JsonError(`it is not JSON (${(error as Error).message})`);
  }
  if (rules.uniqueKeys || rules.naturalNumbers) checkTokens(text, rules);
  return value;
}

/** Calls `visit` for each bracket, string and number, without recursion; of text that is not JSON, for what looks like one. */
function scan(text: string, visit: (start: number, end: number) => void): void {
  for (let at = 0; at < text.length;) {
    const start = at;
    const code = text.charCodeAt(at++);
    if (code === quote) at = endOfString(text, at);
    else if (code === minus || isDigit(code)) while (isNumberPart(text.charCodeAt(at))) at++;
    else if (!isBracket(code)) continue;
    visit(start, at);
  }
}

const [quote, backslash, minus] = [0x22, 0x5c, 0x2d];
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
/** `[`, `]`, `{` or `}`. */
const isBracket = (code: number): boolean => (code | 0x20) === 0x7b || (code | 0x20) === 0x7d;
const isOpening = (code: number): boolean => (code | 0x20) === 0x7b;
/** Digits, `.`, `e`, `E`, `+` or `-`. */
const isNumberPart = (code: number): boolean =>
  isDigit(code) || code === 0x2e || (code | 0x20) === 0x65 || code === 0x2b || code === minus;

/** @param at behind the opening quote */
function endOfString(text: string, at: number): number {
  for (;;) {
    const end = text.indexOf('"', at);
    if (end < 0) return text.length;
    let slashes = 0;
    while (end - slashes > at && text.charCodeAt(end - slashes - 1) === backslash) slashes++;
    if (slashes % 2 === 0) return end + 1;
    at = end + 1;
  }
}

function checkDepth(text: string, maxDepth: number): void {
  let depth = 0;
  scan(text, (start) => {
    const code = text.charCodeAt(start);
    if (!isBracket(code)) return;
    depth += isOpening(code) ? 1 : -1;
    if (depth > maxDepth) {
      throw new JsonError(`JSON of more than ${maxDepth} levels within one another, at character ${start}`);
    }
  });
}

/** @param text valid JSON */
function checkTokens(text: string, { uniqueKeys, naturalNumbers }: JsonRules): void {
  const open: Set<string>[] = [];
  scan(text, (start, end) => {
    const code = text.charCodeAt(start);
    if (isBracket(code)) {
      if (isOpening(code)) open.push(new Set());
      else open.pop();
    } else if (code !== quote) {
      const number = text.slice(start, end);
      if (naturalNumbers && !/^\d+$/.test(number)) {
        throw new JsonError(`the number ${excerpt(number)} at character ${start}, expected digits alone`);
      }
    } else if (uniqueKeys && isKey(text, end)) {
      const raw = text.slice(start + 1, end - 1);
      const key = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
      const keys = open.at(-1)!;
      if (keys.has(key)) {
        throw new JsonError(`the key ${JSON.stringify(excerpt(key))} comes twice, at character ${start}`);
      }
      keys.add(key);
    }
  });
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (' \t\n\r'.includes(text[at] ?? '?')) at++;
  return text[at] === ':';
}

/** A text for a message, cut where it is long. */
export function excerpt(text: string, length = 100): string {
  return text.length <= length ? text : `${text.slice(0, length)}… (${text.length} characters)`;
}

/** A value for a message as JSON, cut where it is long. */
export function excerptJson(value: unknown): string {
  return excerpt(String(JSON.stringify(value)));
}
