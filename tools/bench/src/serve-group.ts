import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyDiff, classify, loadBase } from '@diffprune/inference/node';
import { sampleModelFolder } from '@diffprune/samples/node';
import { random } from '@diffprune/testing/random';
import type { Effort, GroupResult } from './group.ts';
import { makeTask } from './made-task.ts';
import { digits, megabytes, progress } from './report.ts';
import { Service, type ServedAnswer } from './service.ts';
import { command } from './start-group.ts';

const taskCount = 10;
/** Requests that wait at the same time. */
const clients = 16;
/** How far an answer may be from the task's own: by its neighbours, and from ONNX Runtime's. */
const tolerance = 1e-5;

const names = Array.from({ length: taskCount }, (_, i) => `task-${i}`);
const vocabulary =
  'the film was a good and bad story of old time in new city life he she left very long'.split(' ');
const texts = Array.from({ length: 40 }, (_, i) =>
  Array.from({ length: 3 + (i % 20) }, (_, j) => vocabulary[(i * 7 + j * j * 3) % vocabulary.length]).join(
    ' ',
  ),
);

/** What a load has seen. */
interface Load {
  readonly seconds: number;
  /** Of the services' processors. */
  readonly processorSeconds: number;
  /** Milliseconds of each request, ascending. */
  readonly times: readonly number[];
  /** Answers that are not the task's own, and requests that were not answered. */
  readonly wrong: number;
  /** Memory after a fifth of the requests, and after all. */
  readonly memory: readonly [number, number];
}

/**
 * Asks tasks at random, each of one of the services.
 *
 * @param absent a task that may be away
 */
async function load(
  services: readonly Service[],
  own: readonly (readonly (readonly number[])[])[],
  count: number,
  absent?: number,
): Promise<Load> {
  const sum = async (of: (service: Service) => Promise<number>): Promise<number> =>
    (await Promise.all(services.map(of))).reduce((a, b) => a + b);
  const memory = (): Promise<number> => sum((service) => service.memory());
  const processorTime = (): Promise<number> => sum((service) => service.processorTime());
  const ask = (task: number, text: number): Promise<ServedAnswer> =>
    services[task % services.length]!.ask(names[task]!, texts[text]!);
  const next = random(5);
  const times: number[] = [];
  const before = await processorTime();
  let [begun, wrong, early] = [0, 0, NaN];
  const start = performance.now();
  const client = async (): Promise<void> => {
    while (begun++ < count) {
      const [task, text] = [Math.floor(taskCount * next()), Math.floor(texts.length * next())];
      const asked = performance.now();
      const { status, probabilities } = await ask(task, text);
      times.push(performance.now() - asked);
      const isOwn = own[task]![text]!.every((p, i) => Math.abs(p - (probabilities[i] ?? NaN)) <= tolerance);
      if (!(status === 200 && isOwn) && !(status === 404 && task === absent)) wrong++;
      if (times.length === Math.floor(count / 5)) early = await memory();
      if (times.length % 10_000 === 0) progress(`serve: ${times.length} of ${count} requests`);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - start) / 1000;
  const processorSeconds = (await processorTime()) - before;
  times.sort((a, b) => a - b);
  return { seconds, processorSeconds, times, wrong, memory: [early, await memory()] };
}

/** Deletes and puts tasks while `until` is not done: one is away now and then, one is replaced by itself. */
async function churn(service: Service, diffs: readonly Uint8Array[], until: Promise<unknown>): Promise<void> {
  let isDone = false;
  void until.finally(() => (isDone = true));
  while (!isDone) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await service.delete(names[9]!);
    await service.put(names[9]!, diffs[9]!);
    await service.put(names[8]!, diffs[8]!);
  }
}

/** A service over ten tasks, under load, beside a process for each task. */
export async function serveGroup({ quick, threads }: Effort): Promise<GroupResult[]> {
  const count = quick ? 4000 : 200_000;
  const { args: applier } = command('applier');
  const base = await loadBase(sampleModelFolder(), { threads: 1 });
  const diffs = names.map((_, i) => makeTask(base, i + 1, 0.2));
  const folder = await mkdtemp(join(tmpdir(), 'bench-serve-'));
  try {
    progress(`serve: ${count} requests to ${taskCount} tasks`);
    const expected: number[][][] = [];
    for (const [i, diff] of diffs.entries()) {
      await writeFile(join(folder, `${names[i]}.sdiff`), diff);
      const model = await applyDiff(base, diff);
      expected.push((await classify(model, texts)).map(({ probabilities }) => [...probabilities!.values()]));
      model.revert();
    }
    await base.predictors.dispose();

    const service = await Service.start(applier, folder, threads);
    const together = load([service], expected, count, 9);
    await churn(service, diffs, together);
    const one = await together;
    const switches = await service.switches();
    const last = Array.from({ length: 5 * clients }, (_, i) =>
      service.ask(names[i % 8]!, texts[i % texts.length]!),
    );
    await new Promise((resolve) => setTimeout(resolve, 20)); // they are sent
    const stopped = service.stop();
    const answered = await Promise.allSettled(last);
    await stopped;
    const lost = answered.filter((each) => each.status === 'rejected' || each.value.status !== 200).length;

    const fewer = quick ? count : count / 10;
    const two = await apartFrom(applier, diffs, expected, fewer, 2);
    const apart = await apartFrom(applier, diffs, expected, fewer, taskCount);
    const [early, late] = one.memory;
    const rows = { 'one service': one, 'two, half of the tasks each': two, 'a process a task': apart };
    const table = [
      ['', 'requests', 'a second', 'processor ms each', 'p50 ms', 'p99 ms', 'wrong', 'MB', 'switches'],
      ...Object.entries(rows).map(([name, { times, seconds, processorSeconds, wrong, memory }]) => [
        ...[name, String(times.length), digits(times.length / seconds)],
        digits((1000 * processorSeconds) / times.length),
        ...[0.5, 0.99].map((at) => digits(times[Math.floor(at * times.length)]!)),
        ...[String(wrong), megabytes(memory[1]), name === 'one service' ? String(switches) : '–'],
      ]),
    ];
    const figures = { 'serve-wrong': one.wrong, 'serve-lost': lost, 'serve-memory-growth': late / early };
    return [
      {
        title: 'serve: ten tasks over the sample model',
        table,
        details: { figures, memory: one.memory },
        figures,
      },
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The same load on processes that share out the tasks. */
async function apartFrom(
  applier: readonly string[],
  diffs: readonly Uint8Array[],
  own: readonly (readonly (readonly number[])[])[],
  count: number,
  processes: number,
): Promise<Load> {
  const services: Service[] = [];
  const folders: string[] = [];
  try {
    for (let process = 0; process < processes; process++) {
      const folder = await mkdtemp(join(tmpdir(), 'bench-serve-'));
      folders.push(folder);
      for (let i = process; i < diffs.length; i += processes) {
        await writeFile(join(folder, `${names[i]}.sdiff`), diffs[i]!);
      }
      services.push(await Service.start(applier, folder, 1));
    }
    return await load(services, own, count);
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  }
}
