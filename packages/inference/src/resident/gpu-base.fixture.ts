/* In a page: a base of many tasks on WebGPU. */
import { memoryFiles } from '@diffprune/bert';
import { loadBase } from '../base.ts';
import { DeviceLostError } from '../index.ts';
import { ResidentBase } from './resident-base.ts';

/** A base's files and diffs, their bytes as numbers. */
export interface Given {
  readonly files: Readonly<Record<string, readonly number[]>>;
  readonly diffs: Readonly<Record<string, readonly number[]>>;
  readonly texts: readonly string[];
}

type Probabilities = (readonly [string, number])[];

/** The device of the base that was made last. */
let device: { destroy(): void };
const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (...given) {
  const made = await requestDevice.apply(this, given);
  device = made;
  return made;
};

async function create({ files, diffs }: Given, runtime: 'auto' | 'wasm' | 'webgpu'): Promise<ResidentBase> {
  const named = Object.entries(files).map(([name, bytes]) => [name, Uint8Array.from(bytes)]);
  const loaded = await loadBase(memoryFiles(Object.fromEntries(named) as Record<string, Uint8Array>));
  const base = await ResidentBase.create(loaded, { runtime });
  for (const [name, bytes] of Object.entries(diffs)) await base.add(Uint8Array.from(bytes), name);
  return base;
}

/** All weights' bits. */
async function bits(base: ResidentBase): Promise<string> {
  const all = Array.from(base.base.tensors.keys(), async (name) => {
    return new Uint32Array((await base.engine.weights.read(name)).buffer).join();
  });
  return (await Promise.all(all)).join('\n');
}

async function ask(base: ResidentBase, texts: readonly string[]): Promise<Record<string, Probabilities[]>> {
  const answers = base.tasks.map(async (task) => {
    const found = await Promise.all(texts.map((text) => task.classify(text)));
    return [task.name, found.map(({ probabilities }) => [...probabilities!])] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

/** The answers of all tasks, after some switches; whether every bit is as it was when they are gone, and all given back. */
export async function answers(given: Given, switches: number) {
  const base = await create({ ...given, diffs: {} }, 'webgpu');
  const before = [await bits(base), base.engine.memory.taken];
  for (const [name, bytes] of Object.entries(given.diffs)) await base.add(Uint8Array.from(bytes), name);
  const found = await ask(base, given.texts);
  const overlays = base.tasks.map(({ overlay }) => overlay);
  const on = overlays.at(-1)!; // of the task that was asked last
  on.toggle();
  for (let i = 0; i < switches; i++) {
    const overlay = overlays[i % overlays.length]!;
    overlay.toggle();
    overlay.toggle();
  }
  on.toggle();
  const again = await ask(base, given.texts);
  const { runtime } = base;
  for (const { name } of base.tasks) await base.remove(name);
  const after = await bits(base);
  base.dispose();
  return { runtime, found, again, isAsBefore: after === before[0] };
}

async function outcome(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    (answer) => `answered ${JSON.stringify(answer)}`,
    (error: Error) => (error instanceof DeviceLostError ? error.name : String(error)),
  );
}

/** What becomes of requests when the device is destroyed in their midst, and of a base that is made afterwards. */
export async function lose(given: Given) {
  const base = await create(given, 'webgpu');
  const before = await ask(base, given.texts);
  const asked = base.tasks.flatMap((task) => given.texts.map((text) => outcome(task.classify(text))));
  await Promise.resolve().then(() => device.destroy());
  const { name, message } = await base.lost;
  const during = await Promise.all(asked);
  const later = await Promise.all([
    outcome(base.tasks[0]!.classify(given.texts[0]!)),
    outcome(base.add(Uint8Array.from(given.diffs['a']!), 'a')),
    outcome(base.engine.weights.read('bert.pooler.dense.bias')),
  ]);
  base.dispose();
  const anew = [];
  for (const runtime of ['webgpu', 'wasm'] as const) {
    const other = await create(given, runtime);
    anew.push(await ask(other, given.texts));
    other.dispose();
  }
  return { name, message, before, during, later, anew };
}

/** A task that there is no room for: what is said, and whether all goes on as before. */
export async function overfill(given: Given) {
  const base = await create({ ...given, diffs: { a: given.diffs['a']! } }, 'webgpu');
  const before = await ask(base, given.texts);
  const { taken } = base.engine.memory;
  const { popErrorScope } = GPUDevice.prototype;
  // As a device answers that has no room for a buffer, the first that is asked for.
  GPUDevice.prototype.popErrorScope = async function () {
    GPUDevice.prototype.popErrorScope = popErrorScope;
    await this.popErrorScope();
    return new GPUOutOfMemoryError('full');
  };
  const full = await base.add(Uint8Array.from(given.diffs['b']!), 'b').catch((error: Error) => error);
  const after = await ask(base, given.texts);
  const isGivenBack = base.engine.memory.taken === taken;
  await base.add(Uint8Array.from(given.diffs['b']!), 'b');
  const tasks = base.tasks.map(({ name }) => name);
  base.dispose();
  const { name, message } = full as Error;
  return { name, message, before, after, isGivenBack, tasks };
}
