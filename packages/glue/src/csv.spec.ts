import fc from 'fast-check';
import { parseCsv } from './csv.ts';
import { DataFileError } from './errors.ts';

const read = (text: string) => [...parseCsv(new TextEncoder().encode(text), 'x.csv')];
const fields = (text: string) => read(text).map((record) => record.fields);

describe('CSV', () => {
  it("has the rows that Python's csv module and pandas write", () => {
    // csv.writer(lineterminator='\r\n') over [['idx', 'text'], ['1', 'a, "b"'], ['2', ''], ['3', 'c\r\nd\n'], ['4', ' e ']]
    const text = 'idx,text\r\n1,"a, ""b"""\r\n2,\r\n3,"c\r\nd\n"\r\n4, e \r\n';
    expect(read(text)).toEqual([
      { fields: { idx: '1', text: 'a, "b"' }, file: 'x.csv', line: 2 },
      { fields: { idx: '2', text: '' }, file: 'x.csv', line: 3 },
      { fields: { idx: '3', text: 'c\r\nd\n' }, file: 'x.csv', line: 4 },
      { fields: { idx: '4', text: ' e ' }, file: 'x.csv', line: 7 },
    ]);
    expect(fields('text\n""\n\na')).toEqual([{ text: '' }, { text: 'a' }]);
    expect(fields('\ufeff"te""xt"\n,\n'.replace(',', '"\t"'))).toEqual([{ 'te"xt': '\t' }]);
  });

  it('keeps every text, quoted where it must be', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', '\t', ' ', 'ß', '\ufeff') });
    const quote = (text: string) => (/[",\n\r]|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell), { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        (rows, end) => {
          const text = [['a', 'b'], ...rows].map((row) => row.map(quote).join(',') + end).join('');
          expect(fields(text)).toEqual(rows.map(([a, b]) => ({ a, b })));
        },
      ),
    );
  });

  it.each([
    ['a,b\n1,2\n3\n', 'x.csv:3: 1 comma-separated fields, the header names 2 ("a", "b")'],
    ['a,b\n1,2,3\n', 'x.csv:2: 3 comma-separated fields, the header names 2'],
    ['a\n"b\nc\n', 'x.csv:2: a double quote is opened and never closed'],
    ['a\nb"c\n', 'x.csv:2: a double quote inside a field'],
    ['a\n"b\n"c\n', 'x.csv:3: a double quote inside a field'],
    ['a,a\n1,2\n', 'x.csv:1: two fields are named "a"'],
    ['a,b\n', 'x.csv: no row of data below the header'],
    ['', 'x.csv: the file is empty'],
    ['\n\r\n', 'x.csv: the file is empty'],
    [
      `a\n"${`${'x'.repeat(2 ** 20)}\n`.repeat(17)}"\n`,
      'x.csv:2: a row of more than 16777216 bytes; is a double quote not closed?',
    ],
    [`${Array.from({ length: 5000 }, (_, i) => i).join()}\n`, 'x.csv:1: 5000 columns, at most 4096 are read'],
  ])('refuses: %#', (text, message) => {
    expect(() => read(text)).toThrow(DataFileError);
    expect(() => read(text)).toThrow(message);
  });
});
