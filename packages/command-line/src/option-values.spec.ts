import fc from 'fast-check';
import { parseCount, parseCountTo, parseNumber } from './option-values.ts';

describe('parseNumber', () => {
  it('reads what JavaScript writes of a finite number', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(fc.property(finite, (value) => parseNumber(String(value)) === value));
  });

  it.each(['', ' 1', 'many', '0x10', '1_000', 'NaN', 'Infinity', '1e', '.'])('refuses "%s"', (text) => {
    expect(() => parseNumber(text)).toThrow('Expected a number.');
  });
});

describe('parseCount', () => {
  it('reads whole numbers of at least 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e15 - 1 }), (value) => parseCount(`${value}`) === value),
    );
  });

  it.each(['0', '-1', '1.5', '1e3', '007', ''])('refuses "%s"', (text) => {
    expect(() => parseCount(text)).toThrow('Expected a whole number of at least 1.');
  });
});

describe('parseCountTo', () => {
  it('reads whole numbers up to a limit', () => {
    expect(parseCountTo(1024)('1024')).toBe(1024);
    expect(() => parseCountTo(1024)('1025')).toThrow('Expected a whole number from 1 to 1024.');
    expect(() => parseCountTo(1024)('0')).toThrow('Expected a whole number of at least 1.');
  });
});
