import fc from 'fast-check';
import { DataFileError } from './errors.ts';
import { tsvRows } from './tsv.ts';

const parseTsv = (content: Uint8Array, file: string) => [...tsvRows(content, file)];
const bytes = (text: string) => new TextEncoder().encode(text);

describe('tsvRows', () => {
  it('splits on tabs and line feeds and on nothing else', () => {
    const rows = parseTsv(bytes('a\t"b\n"c\u0008\u0085\u2028\rd\t  '), 'x.tsv');
    expect(rows).toEqual([
      { line: 1, fields: ['a', '"b'] },
      { line: 2, fields: ['"c\u0008\u0085\u2028\rd', '  '] },
    ]);
  });

  it('drops a byte order mark, carriage returns of Windows line ends and empty last lines', () => {
    const rows = parseTsv(bytes('\ufeffa\tb\r\n1\t2\r\n\r\n\n'), 'x.tsv');
    expect(rows.map(({ fields }) => fields)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });

  it('reads back any table whose fields hold no tab or line end', () => {
    const field = fc.string({ unit: 'grapheme' }).map((text) => `x${text.replace(/[\t\r\n]/g, '')}`);
    fc.assert(
      fc.property(fc.array(fc.array(field, { minLength: 1 }), { minLength: 1 }), (table) => {
        const text = table.map((fields) => fields.join('\t')).join('\n');
        expect(parseTsv(bytes(text), 'x.tsv').map(({ fields }) => fields)).toEqual(table);
      }),
    );
  });

  it('refuses an empty file', () => {
    for (const text of ['', '\n', '\ufeff']) {
      expect(() => parseTsv(bytes(text), 'x.tsv')).toThrow('x.tsv: the file is empty');
    }
  });

  it('keeps empty lines between rows', () => {
    expect(parseTsv(bytes('a\n\n\r\nb\n\n'), 'x.tsv')).toEqual([
      { line: 1, fields: ['a'] },
      { line: 2, fields: [''] },
      { line: 3, fields: [''] },
      { line: 4, fields: ['b'] },
    ]);
  });

  it('names the line that is not UTF-8', () => {
    const content = Uint8Array.from([...bytes('a\nb\n'), 0xff, 0x0a]);
    expect(() => parseTsv(content, 'x.tsv')).toThrow(DataFileError);
    expect(() => parseTsv(content, 'x.tsv')).toThrow('x.tsv:3: not valid UTF-8');
  });
});
