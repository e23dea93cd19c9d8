/**
 * PyTorch's two file forms. The newer (1.6 on) is a zip archive with the pickled state dict in `data.pkl` and each
 * storage in a file `data/<key>`. The older is one stream: pickles of a magic number, the protocol 1001, some facts
 * on the machine, the state dict and the list of storage keys; then, in that order, each storage's length (int64)
 * and numbers. Both as in `torch/serialization.py`.
 */
import type { FileHandle } from 'node:fs/promises';
import { readAt } from './files.ts';
import { decodeNumbers, numberBytes } from './numbers.ts';
import { PickleError, readPickle, type PickleValue } from './pickle.ts';
import { PyTorchFileError } from './pytorch-error.ts';
import type { StoredTensor } from './safetensors.ts';
import { gather, stateDictTensors, stateDictWorld, type Storage, type TensorView } from './state-dict.ts';
import { readZipDirectory } from './zip-directory.ts';

/** BERT-large's pickle has 50 kB. */
const maximumPickleBytes = 2 ** 24;
const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocol = 1001;

/**
 * Reads a state dict that `torch.save` wrote, one tensor at a time. Tensors, their names, and nothing else are
 * accepted; nothing in the file is executed, and no size that it claims is believed before it is checked.
 *
 * @throws PyTorchFileError if it is malformed, holds anything else, or numbers of other types than float32, float16,
 *   bfloat16, int32 and int64; the error of the file system if it cannot be read
 */
export async function readPyTorchFile(path: string): Promise<Map<string, StoredTensor>> {
  const { open } = await import('node:fs/promises');
  const handle = await open(path, 'r');
  try {
    const source: Source = { path, handle, bytes: (await handle.stat()).size };
    const start = await readAt(handle, 0, 4);
    const isZip = start.join() === '80,75,3,4';
    if (!isZip && start[0] !== 0x80) {
      throw new PyTorchFileError('neither a zip archive nor a pickle, expected a file of torch.save', {
        file: path,
        byteOffset: 0,
      });
    }
    const { views, begins } = await (isZip ? openArchive(source) : openStream(source));
    const tensors = new Map<string, StoredTensor>();
    for (const [name, view] of views) {
      tensors.set(name, await readTensor(source, name, view, begins.get(view.storage.key)!));
    }
    return tensors;
  } finally {
    await handle.close();
  }
}

interface Source {
  readonly path: string;
  readonly handle: FileHandle;
  /** Length of the file. */
  readonly bytes: number;
}

/** What a file holds, and where each storage's numbers begin. */
interface Opened {
  readonly views: ReadonlyMap<string, TensorView>;
  readonly begins: ReadonlyMap<string, number>;
}

async function openArchive(source: Source): Promise<Opened> {
  const { path: file, handle, bytes } = source;
  const entries = await readZipDirectory(handle, bytes, file);
  const [pickleName] = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickleName === undefined) {
    throw new PyTorchFileError('the archive has no data.pkl, so torch.save did not write it', {
      file,
      byteOffset: 0,
    });
  }
  const folder = pickleName.slice(0, -'data.pkl'.length);
  const order = entries.get(`${folder}byteorder`);
  if (order && new TextDecoder().decode(await readAt(handle, order.begin, 6)) !== 'little') {
    const problem = 'numbers in big-endian order; load and save the file on a little-endian machine';
    throw new PyTorchFileError(problem, { file, byteOffset: order.begin });
  }
  const { begin, end } = entries.get(pickleName)!;
  if (end - begin > maximumPickleBytes) {
    const problem = `a pickle of ${end - begin} bytes, expected at most ${maximumPickleBytes}`;
    throw new PyTorchFileError(problem, { file, byteOffset: begin });
  }
  const pickles = new Pickles(source, await readAt(handle, begin, end - begin), begin);
  const views = pickles.stateDict();
  const begins = new Map<string, number>();
  for (const [tensor, { storage }] of views) {
    const entry = entries.get(`${folder}data/${storage.key}`);
    const expected = byteLength(storage);
    if (entry?.end !== (entry?.begin ?? 0) + expected) {
      const found = entry ? `${entry.end - entry.begin} bytes` : 'missing';
      const problem = `its storage data/${storage.key} is ${found}, expected ${expected} bytes`;
      throw new PyTorchFileError(problem, { file, tensor, byteOffset: entry?.begin ?? begin });
    }
    begins.set(storage.key, entry!.begin);
  }
  return { views, begins };
}

async function openStream(source: Source): Promise<Opened> {
  const { path: file, handle, bytes } = source;
  const pickles = new Pickles(source, await readAt(handle, 0, Math.min(bytes, maximumPickleBytes)), 0);
  if (pickles.next() !== magicNumber || pickles.next() !== protocol) {
    throw new PyTorchFileError('a pickle that torch.save did not write', { file, byteOffset: 0 });
  }
  const machine = pickles.next();
  if (!(machine instanceof Map) || machine.get('little_endian') !== true) {
    const problem = 'numbers in big-endian order; load and save the file on a little-endian machine';
    throw new PyTorchFileError(problem, { file, byteOffset: 0 });
  }
  const views = pickles.stateDict();
  const storages = new Map([...views.values()].map(({ storage }) => [storage.key, storage]));
  const keys = pickles.next();
  const begins = new Map<string, number>();
  let at = pickles.position;
  for (const key of Array.isArray(keys) ? (keys as PickleValue[]) : []) {
    const storage = storages.get(key as string);
    if (storage === undefined || begins.has(storage.key)) {
      throw new PyTorchFileError('a storage that no tensor uses', { file, byteOffset: at });
    }
    const start = await readAt(handle, at, 8);
    const length = start.length < 8 ? -1n : new DataView(start.buffer).getBigInt64(0, true);
    if (length !== BigInt(storage.length) || at + 8 + byteLength(storage) > bytes) {
      const claimed = length < 0n ? 'is missing' : `has ${length} numbers`;
      const problem = `storage ${storage.key} ${claimed}, expected ${storage.length}, in a file of ${bytes} bytes`;
      throw new PyTorchFileError(problem, { file, byteOffset: at });
    }
    begins.set(storage.key, at + 8);
    at += 8 + byteLength(storage);
  }
  for (const [tensor, { storage }] of views) {
    if (begins.has(storage.key)) continue;
    const problem = `its storage ${storage.key} is not in the file`;
    throw new PyTorchFileError(problem, { file, tensor, byteOffset: at });
  }
  return { views, begins };
}

const byteLength = ({ dtype, length }: Storage): number => numberBytes[dtype] * length;

/** The pickles that follow one another in a part of a file. */
class Pickles {
  #at = 0;

  /** @param start absolute offset of `content` in the file */
  constructor(
    readonly source: Source,
    readonly content: Uint8Array,
    readonly start: number,
  ) {}

  /** Absolute offset behind the pickles read so far. */
  get position(): number {
    return this.start + this.#at;
  }

  next(): PickleValue {
    try {
      const { value, end } = readPickle(this.content, this.#at, stateDictWorld);
      this.#at = end;
      return value;
    } catch (error) {
      if (!(error instanceof PickleError)) throw error;
      throw this.#error(error.message, this.start + error.offset);
    }
  }

  stateDict(): Map<string, TensorView> {
    const { position } = this;
    const value = this.next();
    try {
      return stateDictTensors(value);
    } catch (error) {
      throw this.#error((error as Error).message, position);
    }
  }

  #error(problem: string, byteOffset: number): PyTorchFileError {
    return new PyTorchFileError(problem, { file: this.source.path, byteOffset });
  }
}

async function readTensor(
  { handle, path: file }: Source,
  tensor: string,
  view: TensorView,
  storageBegin: number,
): Promise<StoredTensor> {
  const { storage, offset, end, shape } = view;
  const width = numberBytes[storage.dtype];
  const begin = storageBegin + width * offset;
  const length = width * (end - offset);
  const bytes = await readAt(handle, begin, length);
  const fail = (problem: string, byte: number): never => {
    throw new PyTorchFileError(problem, { file, tensor, byteOffset: begin + byte });
  };
  if (bytes.length < length) fail('the file became shorter while it was read', bytes.length);
  return { shape, data: gather(decodeNumbers(storage.dtype, bytes, fail), view) };
}
