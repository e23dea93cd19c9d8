/** What runs in a page, where `BrowserServer` serves it: our own runtime beside transformers.js. */
import { baseParameters, encode } from '@diffprune/bert';
import type { Program, TensorFunction, TensorSpec } from '@diffprune/engine';
import { ResidentBase, type ResidentTask } from '@diffprune/inference';
import { fingerprintTensors } from '@diffprune/sparse-diff';
import { AutoModel, env, pipeline, Tensor } from '@huggingface/transformers';
import { takeTurns } from './take-turns.ts';

/** A model, and what both run it on. */
export interface PageModel {
  readonly name: string;
  /** Names of its files. */
  readonly files: readonly string[];
  readonly runtime: 'wasm' | 'webgpu';
  readonly threads: number;
}

/** Rows, and tokens of each. */
export interface BatchShape {
  readonly batch: number;
  readonly length: number;
}

/** How long to run things. */
export interface Patience {
  /** Roughly how long to warm up, and then to measure. */
  readonly seconds: number;
  /** Rounds that are measured at least, however long they take. */
  readonly rounds: number;
}

/** Milliseconds of each round, and how far the results are apart at most. */
export interface Race {
  readonly own: readonly number[];
  readonly peer: readonly number[];
  readonly difference: number;
}

/** What switching between two tasks takes, and memory. */
export interface Switching {
  readonly milliseconds: readonly number[];
  /** Whether every bit of the base is what it was. */
  readonly isExact: boolean;
  /** Bytes of the base with one task, with all tasks, and of a task. */
  readonly one: number;
  readonly all: number;
  readonly task: number;
}

/** At most so many rounds of anything. */
const mostRounds = 80;
/** Of short runs, so many rounds at least are not measured. */
const fewestWarmUps = 30;

/** Threads of ONNX Runtime go on looking for work for a while, and would take the cores from who is next. */
const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** Runs both in turns, with a rest before each: first until they are warm, then measured. */
async function timedTurns(
  own: () => Promise<Float32Array>,
  peer: () => Promise<Float32Array>,
  { seconds, rounds }: Patience,
): Promise<Race> {
  const [ownResult, peerResult] = [await own(), await peer()];
  const difference = ownResult.reduce((most, x, i) => Math.max(most, Math.abs(x - peerResult[i]!)), 0);
  const timed = (work: () => Promise<unknown>) => async (): Promise<number> => {
    await rest();
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  const both = { own: timed(own), peer: timed(peer) };
  const first = await takeTurns(both, 1);
  const each = first.own[0]! + first.peer[0]!;
  const fitting = Math.min(Math.round((1000 * seconds) / each), mostRounds);
  // V8 compiles anew what ran some dozens of times; where a run is long, that is soon.
  await takeTurns(both, each < 300 ? Math.max(fitting, fewestWarmUps) : fitting);
  const times = await takeTurns(both, Math.max(fitting, rounds));
  return { ...times, difference };
}

async function fetchBytes(path: string): Promise<Uint8Array> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function fetchFiles({ name, files }: PageModel): Promise<Record<string, Uint8Array>> {
  const fetched = files.map(async (file) => [file, await fetchBytes(`/models/${name}/${file}`)] as const);
  return Object.fromEntries(await Promise.all(fetched));
}

async function residentBase(
  files: Record<string, Uint8Array>,
  { threads, runtime }: PageModel,
): Promise<ResidentBase> {
  return ResidentBase.load(files, { threads, runtime });
}

/** Lets transformers.js ask this page's server alone. */
function setUpPeer({ threads }: PageModel): void {
  Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, localModelPath: '/' });
  env.useBrowserCache = false;
  Object.assign(env.backends.onnx.wasm!, { wasmPaths: '/ort/', numThreads: threads });
}

const peerOptions = ({ runtime }: PageModel) => ({ device: runtime, dtype: 'fp32' }) as const;

/** Hidden states of all tokens. */
function compileEncoder({ base, engine }: ResidentBase, { batch, length }: BatchShape): Promise<Program> {
  const { config } = base;
  const fn: TensorFunction = (inputs) => ({ last_hidden_state: encode(inputs, inputs, config) });
  const words = { shape: [batch, length], dtype: 'int32' } as const;
  const weights = baseParameters(config).map(({ name, shape }): [string, TensorSpec] => {
    return [name, { shape, dtype: 'float32' }];
  });
  const tokens = { input_ids: words, token_type_ids: words, attention_mask: words };
  return engine.compile(fn, { ...Object.fromEntries(weights), ...tokens });
}

/** A text, `pipeline` of transformers.js and the task: probabilities by the labels' order. */
const classifyHere = async (task: ResidentTask, text: string): Promise<Float32Array> =>
  Float32Array.from((await task.classify(text)).probabilities!.values());

async function peerClassifier(model: PageModel): Promise<(text: string) => Promise<Float32Array>> {
  const id = `peers-of-tasks/${model.name}`;
  const classifier = await pipeline('text-classification', id, peerOptions(model));
  return async (text) => {
    const answer = (await classifier(text, { top_k: 3 })) as { label: string; score: number }[];
    const byLabel = answer.toSorted((a, b) => a.label.localeCompare(b.label));
    return Float32Array.from(byLabel, ({ score }) => score);
  };
}

let base: ResidentBase;
let peer: Awaited<ReturnType<typeof AutoModel.from_pretrained>>;
let opened: PageModel;

const functions = {
  /** Fetches a model's files and makes it the resident one. */
  async open(model: PageModel): Promise<void> {
    opened = model;
    base = await residentBase(await fetchFiles(model), model);
  },

  /** Lets transformers.js load the same model. */
  async openPeer(): Promise<void> {
    setUpPeer(opened);
    peer = await AutoModel.from_pretrained(`peers/${opened.name}`, peerOptions(opened));
  },

  /** Hidden states of all tokens, by both in turns. */
  async race({ batch, length }: BatchShape, patience: Patience): Promise<Race> {
    const count = batch * length;
    const { vocabSize } = base.base.config;
    const tokens = {
      input_ids: Int32Array.from({ length: count }, (_, i) => (i * 7919) % vocabSize),
      token_type_ids: new Int32Array(count),
      attention_mask: new Int32Array(count).fill(1),
    };
    const program = await compileEncoder(base, { batch, length });
    const feeds = Object.entries(tokens).map(([name, words]) => {
      return [name, new Tensor('int64', BigInt64Array.from(words, BigInt), [batch, length])] as const;
    });
    const given = Object.fromEntries(feeds);
    const race = await timedTurns(
      async () => (await program.run(tokens))['last_hidden_state'] as Float32Array,
      async () =>
        ((await peer(given)) as { last_hidden_state: Tensor }).last_hidden_state.data as Float32Array,
      patience,
    );
    await program.dispose();
    return race;
  },

  /** A text classified as a caller does it, by both in turns: the text in, probabilities out. */
  async classify(text: string, patience: Patience): Promise<Race> {
    const task = await base.add(await fetchBytes(`/tasks/${opened.name}/0`), 'classify');
    const classify = await peerClassifier(opened);
    const race = await timedTurns(
      () => classifyHere(task, text),
      () => classify(text),
      patience,
    );
    await base.remove('classify');
    return race;
  },

  /** Lets two tasks take each other's place, again and again, and says what tasks take. */
  async switching(tasks: number, times: number): Promise<Switching> {
    const { memory, weights } = base.engine;
    const taken: number[] = [];
    for (let i = 0; i < tasks; i++) {
      await base.add(await fetchBytes(`/tasks/${opened.name}/${i}`), String(i));
      taken.push(memory.taken);
    }
    let [on, off] = [base.task('0').overlay, base.task('1').overlay];
    const bytes = base.task('0').bytes;
    on.toggle();
    const { at } = weights.place(baseParameters(base.base.config)[0]!.name);
    const milliseconds: number[] = [];
    for (let i = 0; i < times; i++) {
      const start = performance.now();
      on.toggle();
      off.toggle();
      await memory.readWords(at, 1); // a GPU has done it by then
      milliseconds.push(performance.now() - start);
      [on, off] = [off, on];
    }
    on.toggle();
    for (let i = 0; i < tasks; i++) await base.remove(String(i));
    const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    for (const { name, shape } of baseParameters(base.base.config)) {
      tensors.set(name, { shape, data: await weights.read(name) });
    }
    const isExact = (await fingerprintTensors(tensors)) === base.base.fingerprint;
    return { milliseconds, isExact, one: taken[0]!, all: taken.at(-1)!, task: bytes };
  },

  /** Milliseconds from a model's bytes, and a task's, to a first answer. To be asked in a page that did nothing yet. */
  async firstAnswer(model: PageModel, text: string): Promise<number> {
    const [files, task] = [await fetchFiles(model), await fetchBytes(`/tasks/${model.name}/0`)];
    const start = performance.now();
    await classifyHere(await (await residentBase(files, model)).add(task), text);
    return performance.now() - start;
  },

  /** The same of transformers.js, which fetches the files itself. */
  async peersFirstAnswer(model: PageModel, text: string): Promise<number> {
    setUpPeer(model);
    const start = performance.now();
    await (
      await peerClassifier(model)
    )(text);
    return performance.now() - start;
  },
};

/** What the page has as `bench`. */
export type PageFunctions = typeof functions;

Object.assign(globalThis, { bench: functions });
