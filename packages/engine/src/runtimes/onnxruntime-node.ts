import type { EngineOptions, OnnxRuntime } from '../engine-options.ts';
import { EngineUnavailableError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { tracedRuntime, type LoadGraph } from '../traced-runtime.ts';
import { importLibrary } from './import-library.ts';
import { copied, inPlace, onnxRuntime, type Transfer } from './onnxruntime.ts';

/* ONNX Runtime for Node: the engines `cpu`, `cuda` and, in Node, `webgpu`. */

export const title = 'ONNX Runtime';

/** What the engines need beyond a processor. */
const needs: Readonly<Record<string, string>> = {
  webgpu: 'a graphics driver for Vulkan, Metal or Direct3D 12',
  cuda: "an NVIDIA GPU, and ONNX Runtime's CUDA libraries, which onnxruntime-node downloads when it is installed",
};

/** @throws EngineUnavailableError where its library does not load, or the engine lacks what it needs */
export async function start(engine: string, options: EngineOptions): Promise<Runtime> {
  return tracedRuntime(await graphLoader(engine, options));
}

/** Makes graphs sessions of ONNX Runtime for Node. */
export async function graphLoader(
  engine: string,
  { threads = processorLimit(), runtime }: EngineOptions,
): Promise<LoadGraph> {
  const module = runtime ?? (await importModule(engine));
  return onnxRuntime(engine, module, {
    provider: engine,
    options: {
      ...(threads !== undefined && { intraOpNumThreads: threads }),
      // An arena is a program's own, and never smaller again.
      enableCpuMemArena: !(runtime === undefined && sharesHeap()),
      // Threads that wait for work sleep. Spinning, they take cores from what else runs: on two busy cores a step
      // of BERT-tiny cost 90 ms of processor time with it, 70 without.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    },
    transfers: [untilSequence, inPlace, copied],
    needs: needs[engine],
  });
}

/** `@diffprune/onnxruntime`; for CUDA the user's own `onnxruntime-node`, whose install step downloads libraries. */
async function importModule(engine: string): Promise<OnnxRuntime> {
  const library = engine === 'cuda' ? 'onnxruntime-node' : '@diffprune/onnxruntime';
  try {
    const module = await importLibrary(library);
    return (module['default'] ?? module) as unknown as OnnxRuntime;
  } catch (error) {
    throw new EngineUnavailableError(
      `${library} does not load (${(error as Error).message}). In Node, install it with ` +
        `'npm install ${library}'; in a browser, use the engine 'wasm' or 'webgpu'`,
      { cause: error, missing: isMissing(library, error as Error) ? library : undefined },
    );
  }
}

/** Whether a library is not there, rather than that something in it fails. */
function isMissing(library: string, { code, message }: NodeJS.ErrnoException): boolean {
  return /MODULE_NOT_FOUND$/.test(code ?? '') && message.includes(`'${library}'`);
}

/** The number of processors that this process is limited to; undefined without a limit. */
function processorLimit(): number | undefined {
  const os = process.getBuiltinModule('node:os');
  const available = os.availableParallelism();
  return available === os.cpus().length ? undefined : available;
}

const sequence = 'sequence';

/**
 * Outputs are in their arrays when ONNX Runtime for Node comes to a sequence. It copies outputs into fresh arrays even
 * where it has written them to the ones that it has for them, one after the other, and ends with an error at one that is
 * no tensor: 50 MB a step of 29 million parameters, a tenth of its time, and garbage enough for V8 to collect at each
 * step. So a sequence comes first, and that error is the end of the run.
 */
const untilSequence: Transfer = {
  sequence,
  async run(session, inputs, outputs) {
    try {
      await session.run(inputs, { [sequence]: null, ...outputs });
    } catch (error) {
      if (!(error as Error).message.startsWith('Non tensor type')) throw error;
    }
  },
};

/** What is used of koffi. */
interface Koffi {
  load(library: string): { func(name: string, result: string, parameters: string[]): Mallopt };
}
type Mallopt = (parameter: number, value: number) => number;

/** Parameters of glibc's allocator, as its malloc.h numbers them, and what they are set to. */
const allocator = [
  [-8, 1], // M_ARENA_MAX: threads have no heaps of their own
  [-4, 0], // M_MMAP_MAX: large blocks come from the heap as well
  [-1, -1], // M_TRIM_THRESHOLD: what is free stays with the process
] as const;

let shared: boolean | undefined;

/**
 * Has this process allocate from one heap and keep what is free in it, so that programs which run one after the other
 * use the same memory: an arena of ONNX Runtime belongs to one program for good. A training step of 23 million parameters
 * (batches of 32, up to 128 tokens, in programs for four lengths) holds 1.9 GB so, and 3.3 GB with arenas, in the same
 * time.
 *
 * @returns whether it does; not where the C library is not glibc
 */
function sharesHeap(): boolean {
  shared ??= setAllocator();
  return shared;
}

function setAllocator(): boolean {
  try {
    const { createRequire } = process.getBuiltinModule('node:module');
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    const mallopt = koffi.load('libc.so.6').func('mallopt', 'int', ['int', 'int']);
    return allocator.map(([parameter, value]) => mallopt(parameter, value)).every((done) => done === 1);
  } catch {
    return false; // no glibc, or no koffi for this platform: programs keep their arenas
  }
}
