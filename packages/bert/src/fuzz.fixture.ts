/** Damages a model's files in many ways, and checks that reading them stays within its promises. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors } from '@diffprune/tensor-files';
import { openSafetensorsFile, readPyTorchFile, readSafetensorsFile } from '@diffprune/tensor-files/node';
import { countArrays } from '@diffprune/testing/count-arrays';
import { mutate } from '@diffprune/testing/damage';
import { random } from '@diffprune/testing/random';
import { loadCheckpoint } from './checkpoint-folder.ts';

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
