import type { ChildEnd } from './answer-turns.ts';
import type { Child } from './child.ts';
import { progress } from './report.ts';
import type { StepTimes } from './stepper.ts';
import { takeTurns } from './take-turns.ts';

/** What a process said: once it was ready, for each round, and when it ended. */
export interface Series<Round = StepTimes, Ready = StepReady> {
  readonly ready: Ready;
  readonly rounds: readonly Round[];
  readonly peakMemory: number;
}

/** What the processes that take steps say first. */
interface StepReady {
  readonly compiling?: number;
  readonly torch?: string;
}

/** Starts processes one after the other, lets them work in turns, and ends them. */
export async function measureInTurns<Name extends string, Round = StepTimes, Ready = StepReady>(
  title: string,
  start: Readonly<Record<Name, () => Child>>,
  rounds: number,
): Promise<Record<Name, Series<Round, Ready>>> {
  const names = Object.keys(start) as Name[];
  const children: Partial<Record<Name, Child>> = {};
  try {
    const ready: Partial<Record<Name, Ready>> = {};
    for (const name of names) {
      progress(`${title}: starting ${name}`);
      ready[name] = await (children[name] = start[name]()).answer<Ready>();
    }
    progress(`${title}: ${rounds} rounds of ${names.join(', ')}`);
    const ask = (name: Name) => [name, () => children[name]!.ask<Round>()] as const;
    const things = Object.fromEntries(names.map(ask)) as Record<Name, () => Promise<Round>>;
    const results = await takeTurns(things, rounds);
    const series: Partial<Record<Name, Series<Round, Ready>>> = {};
    for (const name of names) {
      const { peakMemory } = await children[name]!.end<ChildEnd>();
      series[name] = { ready: ready[name]!, rounds: results[name], peakMemory };
    }
    return series as Record<Name, Series<Round, Ready>>;
  } finally {
    for (const name of names) children[name]?.kill();
  }
}

/** One part of the times of a series' rounds. */
export function times({ rounds }: Series, part: keyof StepTimes = 'total'): number[] {
  return rounds.map((round) => round[part]);
}
