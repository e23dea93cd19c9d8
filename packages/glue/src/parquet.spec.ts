import { DataFileError } from './errors.ts';
import { levels, parquetFile, thrift } from './parquet-file.fixture.ts';
import { findTask } from './glue-tasks.ts';
import { parseParquet } from './parquet.ts';
import { readRecords } from './records.ts';

const read = (content: Uint8Array) => parseParquet(content, 'x.parquet');
const plainText = (text: string) => [text.length, 0, 0, 0, ...Buffer.from(text)];

describe('parseParquet', () => {
  it('reads the files of the fixture where they are what they claim', async () => {
    const page = [...levels(2, 1), ...plainText('ab'), ...plainText('')];
    expect((await read(parquetFile({ rows: 2, page }))).map(({ fields }) => fields)).toEqual([
      { sentence: 'ab' },
      { sentence: '' },
    ]);
    const many = await read(parquetFile({ rows: 1e5, page: levels(1e5, 0) }));
    expect(many).toHaveLength(1e5);
    expect(many[0]?.fields['sentence'] ?? null).toBeNull();
  });

  const one = [...levels(1, 1), ...plainText('a')];
  it.each<[string, Uint8Array, string]>([
    ['2^26 rows of nothing', parquetFile({ rows: 2 ** 26, page: levels(2 ** 26, 0) }), '67108864 rows in'],
    ['2^31 rows', parquetFile({ rows: 2 ** 31, page: one }), '2147483648 rows in'],
    [
      'a page of more values than rows',
      parquetFile({ rows: 1, values: 2 ** 31 - 1, page: one }),
      'more values of "sentence" than rows',
    ],
    [
      'a negative number of values',
      parquetFile({ rows: 1, values: -1, page: one }),
      '-1 where a count is expected',
    ],
    [
      'a run beyond the values',
      parquetFile({ rows: 2, page: levels(2 ** 30, 1) }),
      'a run of more values than the page has',
    ],
    ['fewer levels than values', parquetFile({ rows: 2, page: one }), '1 levels for 2 values'],
    [
      'packed runs without end',
      parquetFile({ rows: 2, page: [...levels(2, 1), 0, 0xff, 0xff, 0xff, 0xff, 0x07], encoding: 8 }),
      'a run of more values than the page has',
    ],
    [
      'a page that claims to expand a millionfold',
      parquetFile({ rows: 1, page: one, size: 2 ** 31 - 1, codec: 1 }),
      'that claims to hold 2147483647',
    ],
    [
      'prefixes that grow',
      parquetFile({ rows: 1, page: one, encoding: 7 }),
      'the encoding 7, which is not supported',
    ],
    [
      'one page for many row groups',
      parquetFile({
        rows: 1,
        page: [...levels(1, 1), 0x10, 0x27, 0, 0, ...Buffer.alloc(10_000)],
        groups: 50,
      }),
      '"sentence" beyond the end',
    ],
    [
      'lists of lists without end',
      Buffer.concat([
        Buffer.from('PAR1'),
        Buffer.from(Array.from({ length: 400 }, () => [0x19, 0xf9, 0xff, 0xff, 0x0f]).flat()),
        Buffer.from([0xd0, 0x07, 0, 0]),
        Buffer.from('PAR1'),
      ]),
      'a length beyond the end',
    ],
    [
      'a footer that is deep',
      Buffer.concat([
        Buffer.from('PAR1'),
        Buffer.alloc(100_000, 0x1c),
        Buffer.from([0xa0, 0x86, 0x01, 0]),
        Buffer.from('PAR1'),
      ]),
      'too many levels',
    ],
    [
      'a footer of nothing',
      Buffer.from([...Buffer.from('PAR1'), ...thrift([]), 1, 0, 0, 0, ...Buffer.from('PAR1')]),
      'not a Parquet file',
    ],
    ['an empty file', new Uint8Array(0), 'it does not begin and end with PAR1'],
    ['a text', Buffer.from('sentence\tlabel\na\t1\n'), 'it does not begin and end with PAR1'],
  ])('refuses %s', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(DataFileError);
    await expect(read(content)).rejects.toThrow(/^x\.parquet: not a Parquet file that can be read \(/);
    await expect(read(content)).rejects.toThrow(message);
  });

  it('refuses a text that is not UTF-8 where it is needed', async () => {
    const content = parquetFile({ rows: 1, page: [...levels(1, 1), 1, 0, 0, 0, 0xff] });
    const records = await read(content);
    expect(() => readRecords(records, findTask('cola'), 'test')).toThrow(
      'x.parquet:1: "sentence" is "bytes that are not UTF-8", expected a text',
    );
  });
});
