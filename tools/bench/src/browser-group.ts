import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumPath } from '@diffprune/testing/chromium';
import { Browser } from './browser.ts';
import { BrowserModel, type ModelName } from './browser-models.ts';
import type { BatchShape, PageModel, Patience, Race, Switching } from './browser-page.ts';
import { BrowserServer, peerVersions } from './browser-server.ts';
import type { Effort, GroupResult } from './group.ts';
import { progress, range } from './report.ts';
import { measured, ratio } from './statistics.ts';
import { takeTurns } from './take-turns.ts';

const short = { batch: 1, length: 16 };
const long = { batch: 1, length: 128 };
const all: readonly BatchShape[] = [short, long, { batch: 8, length: 16 }, { batch: 8, length: 128 }];

/** What is measured on a backend: shapes of each model. */
interface Plan {
  readonly runtime: PageModel['runtime'];
  readonly threads: number;
  readonly shapes: Readonly<Partial<Record<ModelName, readonly BatchShape[]>>>;
}

function plans({ quick, threads }: Effort): Plan[] {
  const wasm = { runtime: 'wasm' } as const;
  const one = quick
    ? { sample: [short, long], minilm: [short, long], base: [short] }
    : { sample: all, minilm: all, base: all };
  const two = quick ? { minilm: [short, long] } : one;
  // On a software driver transformers.js takes up to half a minute a run.
  const gpu = quick ? { sample: [short] } : { sample: [short, long], minilm: [short], base: [] };
  return [
    { ...wasm, threads: 1, shapes: one },
    ...(threads > 1 ? [{ ...wasm, threads: 2, shapes: two }] : []),
    { runtime: 'webgpu', threads: 1, shapes: gpu },
  ];
}

/** A text of 16 tokens, those that begin and end it included. */
const text = 'the film was a good and bad story of old time in new city';
const taskCount = 10;

/** What is measured of a model on a backend. */
interface Measured {
  readonly model: ModelName;
  /** `wasm-1`, `wasm-2` or `webgpu`. */
  readonly on: string;
  readonly races: readonly (Race & { readonly shape: string })[];
  /** Not with two threads. */
  readonly switching?: Switching;
  readonly classifying?: Race;
  /** Milliseconds until a first answer, in pages that did nothing yet. */
  readonly first?: Omit<Race, 'difference'>;
}

/**
 * Our own runtime beside transformers.js in one Chromium: forward passes, a classification as a caller does it, switches
 * of tasks, memory, and the time until a first answer.
 */
export async function browserGroup(effort: Effort): Promise<GroupResult[]> {
  if (chromiumPath === undefined) {
    progress('browser: left out: there is no Chromium (/usr/bin/chromium, or Google Chrome)');
    return [];
  }
  const server = await BrowserServer.start();
  const browser = await Browser.launch(chromiumPath, server.url);
  const folder = await mkdtemp(join(tmpdir(), 'bench-browser-'));
  try {
    const found: Measured[] = [];
    for (const name of ['sample', 'minilm', 'base'] as const) {
      progress(`browser: making ${name}`);
      const model = await BrowserModel.open(name, join(folder, name), taskCount);
      server.models.set(name, model);
      for (const plan of plans(effort)) {
        const shapes = plan.shapes[name];
        if (shapes) found.push(await measure(browser, model, plan, shapes, effort));
      }
      server.models.delete(name);
      await rm(join(folder, name), { recursive: true, force: true });
    }
    return report(found, browser.version, await peerVersions());
  } finally {
    await browser.close();
    server.close();
    await rm(folder, { recursive: true });
  }
}

async function measure(
  browser: Browser,
  { name, files }: BrowserModel,
  { runtime, threads }: Plan,
  shapes: readonly BatchShape[],
  { quick }: Effort,
): Promise<Measured> {
  const patience: Patience = quick ? { seconds: 2, rounds: 3 } : { seconds: 4, rounds: 5 };
  const model: PageModel = { name, files, runtime, threads };
  const on = runtime === 'wasm' ? `wasm-${threads}` : runtime;
  const found = await browser.page(async (page) => {
    await page.call('open', model);
    const switching = threads === 1 && { switching: await page.call('switching', taskCount, 1000) };
    if (shapes.length > 0) await page.call('openPeer');
    const races: (Race & { shape: string })[] = [];
    for (const { batch, length } of shapes) {
      const shape = `${batch}x${length}`;
      progress(`browser: ${name}, ${on}, ${shape}`);
      races.push({ shape, ...(await page.call('race', { batch, length }, patience)) });
    }
    const classifying = on === 'wasm-1' && { classifying: await page.call('classify', text, patience) };
    return { model: name, on, races, ...switching, ...classifying };
  });
  if (name === 'base' || on !== 'wasm-1') return found; // what takes seconds to fetch says nothing of a start
  progress(`browser: ${name}, first answers`);
  const first = await takeTurns(
    {
      own: () => browser.page((page) => page.call('firstAnswer', model, text)),
      peer: () => browser.page((page) => page.call('peersFirstAnswer', model, text)),
    },
    quick ? 3 : 7,
  );
  return { ...found, first };
}

type Versions = Awaited<ReturnType<typeof peerVersions>>;

function report(found: readonly Measured[], chromium: string, versions: Versions): GroupResult[] {
  const { transformersJs, onnxRuntimeWeb } = versions;
  const beside = (what: string, { own, peer }: Omit<Race, 'difference'>): string[] => [
    ...[what, range(measured(own)), range(measured(peer)), range(ratio(own, peer))],
  ];
  const columns = ['own ms', 'transformers.js ms', 'ratio'];
  const races = found.flatMap(({ model, on, races }) => races.map((race) => ({ model, on, ...race })));
  const forward = [
    ['model, backend, rows x tokens', ...columns, 'difference'],
    ...races.map((race) => [
      ...beside(`${race.model}, ${race.on}, ${race.shape}`, race),
      race.difference.toExponential(1),
    ]),
  ];
  const asked = [
    ['model, backend', ...columns],
    ...found.flatMap(({ model, on, classifying, first }) => [
      ...(classifying ? [beside(`${model}, ${on}, a text classified`, classifying)] : []),
      ...(first ? [beside(`${model}, ${on}, from bytes to first answer`, first)] : []),
    ]),
  ];
  const switching = [
    ['model, backend', 'switch ms', 'exact', 'memory, 1 task MB', `${taskCount} tasks MB`, 'a task MB'],
    ...found.flatMap(({ model, on, switching }) => {
      if (switching === undefined) return [];
      const { milliseconds, isExact, one, all, task } = switching;
      const bytes = [one, all, task].map((each) => (each / 1e6).toFixed(1));
      return [[`${model}, ${on}`, range(measured(milliseconds)), isExact ? 'yes' : 'no', ...bytes]];
    }),
  ];
  const figures: Record<string, number> = {};
  for (const { model, on, shape, own, peer } of races) {
    figures[`browser-vs-transformers-js/${on}/${model}/${shape}`] = ratio(own, peer).median;
  }
  for (const { model, on, switching, first } of found) {
    if (switching) {
      figures[`browser-switch-ms/${on}/${model}`] = measured(switching.milliseconds).median;
      figures['browser-inexact-switches'] =
        (figures['browser-inexact-switches'] ?? 0) + (switching.isExact ? 0 : 1);
    }
    if (first) figures[`browser-first-answer-ms/${model}`] = measured(first.own).median;
  }
  const title = `browser: Chromium ${chromium}, transformers.js ${transformersJs} (ONNX Runtime Web ${onnxRuntimeWeb})`;
  return [
    { title: `${title}: hidden states of all tokens`, table: forward, details: races, figures },
    {
      title: 'browser: as a caller asks',
      table: asked,
      details: found.map(({ classifying, first }) => ({ classifying, first })),
      figures: {},
    },
    {
      title: 'browser: one task in the place of another',
      table: switching,
      details: found.map((each) => each.switching),
      figures: {},
    },
  ];
}
