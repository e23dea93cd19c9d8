/**
 * PyTorch's two file forms. The newer (1.6 on) is a zip archive with the pickled state dict in `data.pkl` and each
 * storage in a file `data/<key>`. The older is one stream: pickles of a magic number, the protocol 1001, some facts
 * on the machine, the state dict and the list of storage keys; then, in that order, each storage's length (int64)
 * and numbers. Both as in `torch/serialization.py`.
 */
import { excerpt, type ByteSource } from '@diffprune/files';
import { decodeNumbers, readableDtypes } from './numbers.ts';
import { PickleError, readPickle, saveAgain, type PickleValue } from './pickle.ts';
import { PyTorchFileError } from './pytorch-error.ts';
import { gather, stateDictTensors, stateDictWorld, type TensorView } from './state-dict.ts';
import type { StoredTensor, TensorFile } from './tensor-file.ts';
import { readZipDirectory } from './zip-directory.ts';

/** BERT-large's pickle has 50 kB. */
const maximumPickleBytes = 2 ** 24;
const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocol = 1001;

/** See `openPyTorch`. */
export async function openStateDict(source: ByteSource): Promise<TensorFile> {
  const start = await source.read(0, 4);
  const isZip = start.join() === '80,75,3,4';
  if (!isZip && start[0] !== 0x80) {
    const problem = 'neither a zip archive nor a pickle, expected a file of torch.save';
    throw new PyTorchFileError(problem, { file: source.path, byteOffset: 0 });
  }
  const { views, begins } = await (isZip ? openArchive(source) : openStream(source));
  const read = (name: string): Promise<StoredTensor> => {
    const view = views.get(name)!;
    return readTensor(source, name, view, begins.get(view.storage.key)!);
  };
  return { shapes: new Map([...views].map(([name, { shape }]) => [name, shape])), read, view: read };
}

/** What a file holds, and where each storage's numbers begin. */
interface Opened {
  readonly views: ReadonlyMap<string, TensorView>;
  readonly begins: ReadonlyMap<string, number>;
}

async function openArchive(source: ByteSource): Promise<Opened> {
  const { path: file } = source;
  const entries = await readZipDirectory(source);
  const [pickleName] = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickleName === undefined) {
    throw new PyTorchFileError('the archive has no data.pkl, so torch.save did not write it', {
      file,
      byteOffset: 0,
    });
  }
  const folder = pickleName.slice(0, -'data.pkl'.length);
  const order = entries.get(`${folder}byteorder`);
  if (
    order &&
    new TextDecoder().decode(await source.read(order.begin, Math.min(6, order.end - order.begin))) !==
      'little'
  ) {
    const problem = 'numbers in big-endian order; load and save the file on a little-endian machine';
    throw new PyTorchFileError(problem, { file, byteOffset: order.begin });
  }
  const { begin, end } = entries.get(pickleName)!;
  if (end - begin > maximumPickleBytes) {
    const problem = `a pickle of ${end - begin} bytes, expected at most ${maximumPickleBytes}`;
    throw new PyTorchFileError(problem, { file, byteOffset: begin });
  }
  const pickles = new Pickles(source, await source.read(begin, end - begin), begin);
  const views = pickles.stateDict();
  const begins = new Map<string, number>();
  for (const [tensor, { storage }] of views) {
    const entry = entries.get(`${folder}data/${storage.key}`);
    const expected = storage.bytes;
    if (entry?.end !== (entry?.begin ?? 0) + expected) {
      const found = entry ? `${entry.end - entry.begin} bytes` : 'missing';
      const problem = `its storage data/${excerpt(storage.key)} is ${found}, expected ${expected} bytes`;
      throw new PyTorchFileError(problem, { file, tensor, byteOffset: entry?.begin ?? begin });
    }
    begins.set(storage.key, entry!.begin);
  }
  return { views, begins };
}

async function openStream(source: ByteSource): Promise<Opened> {
  const { path: file, bytes } = source;
  const pickles = new Pickles(source, await source.read(0, Math.min(bytes, maximumPickleBytes)), 0);
  if (pickles.next() !== magicNumber || pickles.next() !== protocol) {
    throw new PyTorchFileError(`a pickle that torch.save did not write: ${saveAgain}`, {
      file,
      byteOffset: 0,
    });
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
    const start = await source.read(at, 8);
    const length = start.length < 8 ? -1n : new DataView(start.buffer).getBigInt64(0, true);
    if (length !== BigInt(storage.length) || at + 8 + storage.bytes > bytes) {
      const claimed = length < 0n ? 'is missing' : `has ${length} numbers`;
      const problem = `storage ${excerpt(storage.key)} ${claimed}, expected ${storage.length}, in a file of ${bytes} bytes`;
      throw new PyTorchFileError(problem, { file, byteOffset: at });
    }
    begins.set(storage.key, at + 8);
    at += 8 + storage.bytes;
  }
  for (const [tensor, { storage }] of views) {
    if (begins.has(storage.key)) continue;
    const problem = `its storage ${excerpt(storage.key)} is not in the file`;
    throw new PyTorchFileError(problem, { file, tensor, byteOffset: at });
  }
  return { views, begins };
}

/** The pickles that follow one another in a part of a file. */
class Pickles {
  #at = 0;

  /** @param start absolute offset of `content` in the file */
  constructor(
    readonly source: ByteSource,
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
  source: ByteSource,
  tensor: string,
  view: TensorView,
  storageBegin: number,
): Promise<StoredTensor> {
  const { type, offset, end, shape } = view;
  const begin = storageBegin + type.width * offset;
  const fail = (problem: string, byte: number): never => {
    throw new PyTorchFileError(problem, { file: source.path, tensor, byteOffset: begin + byte });
  };
  const { dtype } = type;
  if (dtype === undefined || !readableDtypes.includes(dtype)) {
    return fail(`numbers of type ${type.name}, expected one of ${readableDtypes.join(', ')}`, 0);
  }
  const length = type.width * (end - offset);
  const bytes = await source.read(begin, length);
  if (bytes.length < length) fail('the file became shorter while it was read', bytes.length);
  return { shape, data: gather(decodeNumbers(dtype, bytes, fail), view) };
}
