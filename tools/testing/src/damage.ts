/** Changes to files as damage or malice may make them, for tests of readers. */

type Below = (limit: number) => number;

/** One to three changes to a file: of its bytes, or of what its JSON says. */
export function mutate(name: string, original: Buffer, below: Below): Uint8Array {
  let bytes: Buffer = Buffer.from(original);
  for (let changes = 1 + below(3); changes > 0; changes--) {
    const structured = below(3) > 0;
    if (structured && name.endsWith('.json')) bytes = Buffer.from(mutateJson(bytes.toString(), below));
    else if (structured && name.endsWith('.safetensors')) bytes = mutateHeader(bytes, below);
    else bytes = mutateBytes(bytes, below);
  }
  return new Uint8Array(bytes);
}

function mutateBytes(bytes: Buffer, below: Below): Buffer {
  // most of what can be wrong stands at the start or the end
  const near = below(3) === 0 ? below(bytes.length) : below(Math.min(bytes.length, 400));
  const at = below(2) === 0 ? near : Math.max(0, bytes.length - 1 - near);
  const end = Math.min(bytes.length, at + 1 + below(40));
  switch (below(6)) {
    case 0:
      if (at < bytes.length) bytes[at]! ^= 1 << below(8);
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = [0, 1, 0x7f, 0x80, 0xff, below(256)][below(6)]!;
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(Array.from({ length: 1 + below(9) }, () => below(256))),
        bytes.subarray(at),
      ]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    default:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
  }
}

/** A safetensors file whose header says something else, and whose length of it is right. */
function mutateHeader(bytes: Buffer, below: Below): Buffer {
  if (bytes.length < 8) return bytes;
  const length = Number(bytes.readBigUInt64LE(0));
  if (length > bytes.length - 8) return bytes;
  const header = Buffer.from(mutateJson(bytes.toString('utf8', 8, 8 + length), below));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([start, header, bytes.subarray(8 + length)]);
}

/** Texts of JSON that are well formed, and seldom expected. */
const hostile = [
  ...[
    '0',
    '-1',
    '1.5',
    '1e3',
    '1000000',
    '1000000000',
    '9007199254740993',
    '1e308',
    '-0',
    'null',
    'true',
    '""',
  ],
  ...[
    '"F64"',
    '"F16"',
    '"I64"',
    '"BOOL"',
    '"F4"',
    '"C64"',
    '[]',
    '{}',
    '[0]',
    '[1000000000000,0]',
    '{"a":{"b":[]}}',
  ],
  ...['"relu"', '"__proto__"', '"\\ud800"', '"model-00001-of-00002.safetensors"', '"../config.json"'],
  ...[
    '['.repeat(2000) + ']'.repeat(2000),
    '{"a":'.repeat(99) + '1' + '}'.repeat(99),
    `"${'x'.repeat(5000)}"`,
  ],
  `[${'0,'.repeat(5000)}0]`,
];

/** A JSON text with a value replaced, a member left out, or one that stands there twice. */
function mutateJson(text: string, below: Below): string {
  const members = [...text.matchAll(/"[^"\\]*"\s*:\s*(?:"[^"\\]*"|\[[^[\]{}]*\]|\{[^{}]*\}|[\w.+-]+)/g)];
  const member = members[below(Math.max(1, members.length))];
  if (member === undefined) return text;
  const [found] = member;
  const [before, after] = [text.slice(0, member.index), text.slice(member.index + found.length)];
  const colon = found.indexOf(':', found.indexOf('"', 1));
  switch (below(5)) {
    case 0:
      return `${before}${found},${found}${after}`;
    case 1:
      return `${before}"x":0${after}`;
    default:
      return `${before}${found.slice(0, colon + 1)}${hostile[below(hostile.length)]!}${after}`;
  }
}
