/** Damages a model's files in many ways, and checks that reading them stays within its promises. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countArrays } from '@diffprune/testing/count-arrays';
import { loadCheckpoint } from './checkpoint.ts';
import { readPyTorchFile } from './pytorch-file.ts';
import { openSafetensorsFile, readSafetensorsFile } from './safetensors-file.ts';
import { decodeSafetensors } from './safetensors.ts';

const maxSeconds = 2;
/** What is read of each byte of a file at most: halves become floats, by way of their bits, and may be gathered. */
const arraysOfByte = 12;
/** Buffers for what is small: none of them is near this. */
const slackBytes = 2 ** 18;

/** What a reader may refuse a file with. */
const refusals = ['CheckpointError', 'BertConfigError', 'FileError', 'SafetensorsError', 'PyTorchFileError'];

export interface FuzzResult {
  readonly accepted: number;
  /** Refusals by error class. */
  readonly refused: Readonly<Record<string, number>>;
}

/**
 * @param folders each with a model's files, which are damaged and put right again
 * @throws Error, with the seed and the number of the run, where a file ends in anything but a model or one of the
 *   errors of the readers, takes more than 2 s, or more memory than some times its length
 */
export async function fuzz(folders: readonly string[], seed: number, runs: number): Promise<FuzzResult> {
  const next = random(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  const models = await Promise.all(folders.map(readModel));
  const refused: Record<string, number> = {};
  let accepted = 0;
  for (let run = 0; run < runs; run++) {
    const { folder, names, bytes: total } = models[below(models.length)]!;
    const name = names[below(names.length)]!;
    const path = join(folder, name);
    const original = await readFile(path);
    const bytes = mutate(name, original, below);
    await writeFile(path, bytes);
    const refusal = await check(folder, path, bytes, total - original.length + bytes.length).catch(
      (cause: unknown) => {
        throw new Error(`seed ${seed}, run ${run}: ${path} as it is now`, { cause });
      },
    );
    await writeFile(path, original);
    if (refusal === undefined) accepted++;
    else refused[refusal] = (refused[refusal] ?? 0) + 1;
  }
  return { accepted, refused };
}

/** The files of a folder that are worth damaging, and the length of all of them. */
async function readModel(folder: string): Promise<{ folder: string; names: string[]; bytes: number }> {
  const names = (await readdir(folder)).filter((name) => /\.(json|bin|safetensors)$/.test(name));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return { folder, names, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Reads a model, and the damaged file by itself. Returns the refusal's class, undefined where it was accepted. */
async function check(
  folder: string,
  path: string,
  bytes: Uint8Array,
  total: number,
): Promise<string | undefined> {
  if (path.endsWith('.safetensors')) {
    const [whole] = [
      await attempt(() => readSafetensorsFile(path), bytes.length),
      await attempt(() => openSafetensorsFile(path), bytes.length),
    ];
    const decoded = await attempt(() => decodeSafetensors(bytes, path), bytes.length);
    if (decoded !== whole) throw new Error(`${decoded} from memory, but ${whole} from the disk`);
  }
  if (path.endsWith('.bin')) await attempt(() => readPyTorchFile(path), bytes.length);
  return attempt(() => loadCheckpoint(folder), total);
}

/** Times a reader and counts its arrays. What takes long is timed again: the machine may have been busy. */
async function attempt(read: () => unknown, fileBytes: number): Promise<string | undefined> {
  let refusal: string | undefined;
  let seconds = Infinity;
  for (let times = 0; times < 4 && seconds > 0.2; times++) {
    const { made, restore } = countArrays();
    const started = performance.now();
    refusal = undefined;
    try {
      await read();
    } catch (error) {
      if (!(error instanceof Error) || !refusals.includes(error.name)) throw error;
      if (error.message.length > 2000) throw new Error(`a message of ${error.message.length} characters`);
      refusal = error.name;
    } finally {
      restore();
    }
    seconds = Math.min(seconds, (performance.now() - started) / 1000);
    const limit = arraysOfByte * fileBytes + slackBytes;
    if (made.bytes > limit)
      throw new Error(`made arrays of ${made.bytes} bytes, at most ${limit} are allowed`);
  }
  if (seconds > maxSeconds) throw new Error(`${seconds} s for ${fileBytes} bytes`);
  return refusal;
}

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

/** Numbers from 0 to 1 (mulberry32), the same ones for a seed. */
export function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
