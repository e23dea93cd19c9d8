import fc from 'fast-check';
import { DataFileError } from './errors.ts';
import { maxLineBytes, readLines } from './lines.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const lines = (content: Uint8Array) => Array.from(readLines(content, 'x'), ({ text }) => text);

describe('readLines', () => {
  it('gives every line as it is, without a byte order mark at the beginning of the file alone', () => {
    expect(lines(bytes('\ufeffa\n\ufeffb\r\n\nc'))).toEqual(['a', '\ufeffb\r', '', 'c']);
    const line = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\n\0]/g, ''));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (texts) => {
        expect(lines(bytes(texts.map((text) => `${text}\n`).join('')))).toEqual(
          texts.map((text, i) => (i === 0 ? text.replace(/^\ufeff/, '') : text)),
        );
      }),
    );
  });

  it.each<[string, Uint8Array, string]>([
    ['bytes that are not UTF-8', Buffer.from([0x61, 0x0a, 0xff, 0x0a]), 'x:2: not valid UTF-8'],
    ['a character cut short', Buffer.from([0x61, 0x0a, 0xc3]), 'x:2: not valid UTF-8'],
    ['UTF-16', Buffer.from('\ufeffsentence\tlabel\n', 'utf16le'), 'x:1: UTF-16 by its byte order mark'],
    ['UTF-16 without a mark', Buffer.from('sentence\tlabel\n', 'utf16le'), 'x:1: a NUL byte'],
    ['a NUL byte', bytes('a\nb\0\n'), 'x:2: a NUL byte'],
    ['a line too long', new Uint8Array(maxLineBytes + 1).fill(0x61), 'x:1: a line of 16777217 bytes'],
  ])('refuses %s, and names the line', (_, content, message) => {
    expect(() => lines(content)).toThrow(DataFileError);
    expect(() => lines(content)).toThrow(message);
  });
});
