import { spawn, type ChildProcess } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { baseParameters, initializeParameters, parseConfig } from '@diffprune/bert';
import { writeCheckpoint } from '@diffprune/bert/node';
import { sampleConfig, sampleVocabulary, writeTask } from '@diffprune/samples';

/** How a program ended, and what it said. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const fixture = (name: string): string => new URL(`${name}.fixture.ts`, import.meta.url).href;

/** A report without what equal runs differ in: what the clock and the system say, and where the folder is. */
export function repeatable(report: string): string {
  const chance = [/<dt>time<\/dt>.*\n/, /<dt>largest memory<\/dt>.*\n/, / --out \S+(?=<\/pre>)/];
  return chance.reduce((text, each) => {
    expect(text).toMatch(each);
    return text.replace(each, '');
  }, report);
}

/** A trainer that runs as a program of its own. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  /** What it has written to stderr. */
  said(): string;
  /** Resolves when it has written this to stderr; rejects when it ends without. */
  says(text: string): Promise<void>;
}

/**
 * Starts the trainer as a program of its own.
 *
 * @param options.crashAt where it is to die, see `crash-at.fixture.ts`
 * @param options.koffi false where it is not to load
 */
export function startCli(
  args: readonly string[],
  { crashAt, koffi = true }: { crashAt?: string | undefined; koffi?: boolean | undefined } = {},
): Running {
  const preload = [
    ...(crashAt === undefined ? [] : ['--import', fixture('crash-at')]),
    ...(koffi ? [] : ['--import', fixture('without-koffi')]),
  ];
  const child = spawn(
    process.execPath,
    ['--conditions=@diffprune/source', '--import', tsx, ...preload, main, ...args],
    {
      env: { ...process.env, NODE_OPTIONS: '', CRASH_AT: crashAt },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stderr.includes(text)) resolve();
      };
      look();
      child.stderr.on('data', look);
      void ended.then(() => reject(new Error(`it ended without "${text}": ${stderr}`)), reject);
    });
  return { child, ended, says, said: () => stderr };
}

/**
 * Runs the trainer as a program of its own, to its end.
 *
 * @param options beside those of {@link startCli}: `signal`, sent when what it wrote to stderr contains `signalAt`
 */
export async function runCli(
  args: readonly string[],
  options: { crashAt?: string; koffi?: boolean; signal?: NodeJS.Signals; signalAt?: string } = {},
): Promise<Outcome> {
  const { signal, signalAt } = options;
  const running = startCli(args, options);
  if (signal !== undefined && signalAt !== undefined) {
    const send = (): void => void running.child.kill(signal);
    running.says(signalAt).then(send, () => {});
  }
  return running.ended;
}

/** A folder for a test, with a base and the data of a sample task in it. */
export interface Workshop {
  readonly folder: string;
  readonly base: string;
  readonly data: string;
  /** Arguments that every run of `train` needs. */
  readonly train: readonly string[];
}

/** Makes a small model (1 layer, hidden size 32) of random weights, and 90 + 30 examples of the task "opinion". */
export async function createWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'trainer-'));
  const [base, data] = [join(folder, 'base'), join(folder, 'data')];
  await writeBase(base);
  await writeTask(data, 'opinion', { seed: 1, trainRows: 90, devRows: 30 });
  const train = ['train', '--task', 'opinion', '--data', data, '--base', base, '--max-length', '32'];
  return { folder, base, data, train };
}

/** @param vocabSize the model's; below the vocabulary's size for one that does not fit */
export async function writeBase(
  folder: string,
  options: { seed?: number; vocabSize?: number } = {},
): Promise<void> {
  const vocabulary = sampleVocabulary();
  const { seed = 1, vocabSize = vocabulary.length } = options;
  const size = { hidden_size: 32, num_hidden_layers: 1, intermediate_size: 64, vocab_size: vocabSize };
  const config = parseConfig({ ...sampleConfig, ...size });
  const tensors = initializeParameters(baseParameters(config), config, seed);
  const tokenizerFiles = { 'vocab.txt': `${vocabulary.join('\n')}\n` };
  await writeCheckpoint(folder, { config, tensors, heads: [], tokenizerFiles });
}

/** A copy of a base's folder whose weights file is replaced. */
export async function copyBaseWith(base: string, folder: string, weights: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of ['config.json', 'vocab.txt']) await copyFile(join(base, name), join(folder, name));
  await writeFile(join(folder, 'model.safetensors'), weights);
}
