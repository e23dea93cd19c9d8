import fc from 'fast-check';
import { JsonError } from './errors.ts';
import { excerpt, excerptJson, parseJson, type JsonRules } from './json.ts';

const strict: JsonRules = { uniqueKeys: true, naturalNumbers: true };

describe('parseJson', () => {
  it('gives what JSON.parse gives, rules or not', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(parseJson(text, { uniqueKeys: true })).toEqual(JSON.parse(text));
        expect(parseJson(JSON.stringify(JSON.parse(text), null, 2))).toEqual(JSON.parse(text));
      }),
    );
    const names = fc.uniqueArray(fc.string({ unit: 'binary' }), { maxLength: 5 });
    const naturals = fc.dictionary(fc.string({ unit: 'binary' }), fc.array(fc.nat()));
    fc.assert(
      fc.property(names, naturals, (list, record) => {
        const text = JSON.stringify([list, record]);
        expect(parseJson(text, strict)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses what JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]":,\\ 1-.eEtruefalsn') }), (text) => {
        let expected: unknown = JsonError;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(() => parseJson(text)).toThrow(JsonError);
          return;
        }
        expect(parseJson(text)).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[string, JsonRules, RegExp | undefined]>([
    ['[[[]]]', { maxDepth: 3 }, undefined],
    ['[[[{}]]]', { maxDepth: 3 }, /more than 3 levels within one another, at character 3/],
    ['["[[[[", "\\"[[[["]', { maxDepth: 1 }, undefined],
    ['\uFEFF{}', {}, /not JSON/],
    ['{"a": 1, "b": {"a": 2}}', strict, undefined],
    ['{"a": 1, "\\u0061" : 2}', strict, /the key "a" comes twice, at character 9/],
    ['{"__proto__": 1, "__proto__": 2}', strict, /the key "__proto__" comes twice/],
    ['{"a": ["a", "a"], "b": "a"}', strict, undefined],
    ['[0, 17]', strict, undefined],
    ['[1.0]', strict, /the number 1.0 at character 1, expected digits alone/],
    ['[1e3]', strict, /the number 1e3/],
    ['[-0]', strict, /the number -0/],
    ['{"1.0": "1.0"}', strict, undefined],
  ])('%s by the rules %j', (text, rules, message) => {
    if (message === undefined) expect(parseJson(text, rules)).toEqual(JSON.parse(text));
    else expect(() => parseJson(text, rules)).toThrow(message);
  });

  it('takes what is deep or long without recursion', () => {
    for (const open of ['[', '{"a":']) {
      expect(() => parseJson(open.repeat(2e6))).toThrow(JsonError);
    }
    const long = JSON.stringify({ a: '\\"'.repeat(2e6), b: 'x'.repeat(2e6) });
    expect(parseJson(long, strict)).toEqual(JSON.parse(long));
  });
});

it('excerpts are short', () => {
  expect(excerpt('abc')).toBe('abc');
  expect([undefined, 'a', { a: 1 }].map(excerptJson)).toEqual(['undefined', '"a"', '{"a":1}']);
  expect(excerpt('a'.repeat(200), 3)).toBe('aaa… (200 characters)');
});
