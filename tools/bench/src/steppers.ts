import type { MethodName } from '@diffprune/training';
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import { progress } from './report.ts';
import { sizes, type SizeName } from './shapes.ts';
import type { StepperEnd, StepTimes } from './stepper.ts';
import { takeTurns } from './take-turns.ts';

/** A process that takes training steps of a size by a method. */
export function stepper(
  size: SizeName,
  method: MethodName,
  threads: number,
  lengths: readonly number[] = [sizes[size].length],
): Child {
  return Child.module('stepper.ts', [size, method, String(threads), lengths.join(',')]);
}

/** The same in PyTorch. @param python an interpreter that has torch */
export function torchStepper(python: string, size: SizeName, method: MethodName, threads: number): Child {
  const { config, batch, length } = sizes[size];
  const script = fileURLToPath(new URL('../torch_baseline.py', import.meta.url));
  const numbers = [config.numHiddenLayers, config.hiddenSize, config.vocabSize, batch, length];
  return Child.program(python, [script, ...numbers.map(String), method, String(threads)]);
}

/** A process that times the matrix products of a step. */
export function productTimer(size: SizeName, threads: number): Child {
  return Child.module('product-timer.ts', [size, String(threads)]);
}

/** What a process said: once it was ready, for each round, and when it ended. */
export interface Series {
  readonly ready: { readonly compiling?: number; readonly torch?: string };
  readonly rounds: readonly StepTimes[];
  readonly peakMemory: number;
}

/** Starts processes one after the other, lets them work in turns, and ends them. */
export async function measureInTurns<Name extends string>(
  title: string,
  start: Readonly<Record<Name, () => Child>>,
  rounds: number,
): Promise<Record<Name, Series>> {
  const names = Object.keys(start) as Name[];
  const children: Partial<Record<Name, Child>> = {};
  try {
    const ready: Partial<Record<Name, Series['ready']>> = {};
    for (const name of names) {
      progress(`${title}: starting ${name}`);
      ready[name] = await (children[name] = start[name]()).answer<Series['ready']>();
    }
    progress(`${title}: ${rounds} rounds of ${names.join(', ')}`);
    const ask = (name: Name) => [name, () => children[name]!.ask<StepTimes>()] as const;
    const things = Object.fromEntries(names.map(ask)) as Record<Name, () => Promise<StepTimes>>;
    const results = await takeTurns(things, rounds);
    const series: Partial<Record<Name, Series>> = {};
    for (const name of names) {
      const { peakMemory } = await children[name]!.end<StepperEnd>();
      series[name] = { ready: ready[name]!, rounds: results[name], peakMemory };
    }
    return series as Record<Name, Series>;
  } finally {
    for (const name of names) children[name]?.kill();
  }
}

/** One part of the times of a series' rounds. */
export function times({ rounds }: Series, part: keyof StepTimes = 'total'): number[] {
  return rounds.map((round) => round[part]);
}
