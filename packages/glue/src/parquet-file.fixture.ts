/** Parquet files of one column, true to the specification or not. */

type Field = [id: number, value: number | bigint | string | Field[] | readonly Item[] | boolean];
type Item = number | string | Field[];

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return [...bytes, Number(value)];
}
const zigzag = (value: bigint): number[] => varint(value < 0n ? -2n * value - 1n : 2n * value);
const text = (value: string): number[] => [...varint(BigInt(value.length)), ...Buffer.from(value)];
const isStruct = (value: unknown): value is Field[] => Array.isArray(value) && Array.isArray(value[0]);

/** A structure of Thrift's compact protocol: numbers are i32, bigints i64. */
export function thrift(fields: readonly Field[]): number[] {
  let last = 0;
  const bytes = fields.flatMap(([id, value]) => {
    const head = (type: number): number => ((id - last) << 4) | type;
    const written = ((): number[] => {
      if (typeof value === 'boolean') return [head(value ? 1 : 2)];
      if (typeof value === 'number') return [head(5), ...zigzag(BigInt(value))];
      if (typeof value === 'bigint') return [head(6), ...zigzag(value)];
      if (typeof value === 'string') return [head(8), ...text(value)];
      if (isStruct(value) && !isStruct(value[0])) return [head(12), ...thrift(value)];
      return [head(9), ...list(value as readonly Item[])];
    })();
    last = id;
    return written;
  });
  return [...bytes, 0];
}

function list(items: readonly Item[]): number[] {
  const type = typeof items[0] === 'number' ? 5 : typeof items[0] === 'string' ? 8 : 12;
  const body = items.flatMap((item) => {
    if (typeof item === 'number') return zigzag(BigInt(item));
    return typeof item === 'string' ? text(item) : thrift(item);
  });
  return [0xf0 | type, ...varint(BigInt(items.length)), ...body];
}

export interface Claims {
  /** Rows of the file. */
  readonly rows: number;
  /** Values of its page, as many unless told. */
  readonly values?: number;
  /** The page, as it lies in the file. */
  readonly page: readonly number[];
  /** What the page's header says of its length when decompressed. */
  readonly size?: number;
  /** 0: PLAIN, 7: DELTA_BYTE_ARRAY, 8: RLE_DICTIONARY. */
  readonly encoding?: number;
  /** 0: uncompressed, 1: Snappy. */
  readonly codec?: number;
  /** How many row groups have the page, each of them all the rows. */
  readonly groups?: number;
}

/** A file with an optional column of texts `sentence`. */
export function parquetFile({
  rows,
  values,
  page,
  size,
  encoding = 0,
  codec = 0,
  groups = 1,
}: Claims): Uint8Array {
  const header = thrift([
    [1, 0],
    [2, size ?? page.length],
    [3, page.length],
    [
      5,
      [
        [1, values ?? rows],
        [2, encoding],
        [3, 3],
        [4, 3],
      ],
    ],
  ]);
  const bytes = header.length + page.length;
  const column: Field[] = [
    [1, 6],
    [2, [encoding]],
    [3, ['sentence']],
    [4, codec],
    [5, BigInt(rows)],
    [6, BigInt(bytes)],
    [7, BigInt(bytes)],
    [9, 4n],
  ];
  const group: Field[] = [
    [
      1,
      [
        [
          [2, 4n],
          [3, column],
        ],
      ] as unknown as Item[],
    ],
    [2, BigInt(bytes)],
    [3, BigInt(rows)],
  ];
  const schema: Item[] = [
    [
      [4, 'schema'],
      [5, 1],
    ],
    [
      [1, 6],
      [3, 1],
      [4, 'sentence'],
      [6, 0],
    ],
  ];
  const footer = thrift([
    [1, 1],
    [2, schema],
    [3, BigInt(rows * groups)],
    [4, Array.from({ length: groups }, () => group)],
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([
    Buffer.from('PAR1'),
    Buffer.from(header),
    Buffer.from(page),
    Buffer.from(footer),
    length,
    Buffer.from('PAR1'),
  ]);
}

/** Definition levels of a page, all alike: their length, and one run of `count` times `level`. */
export function levels(count: number, level: 0 | 1): number[] {
  const run = [...varint(BigInt(count) * 2n), level];
  return [run.length, 0, 0, 0, ...run];
}
