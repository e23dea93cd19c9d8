import {
  commonOptions,
  methodNames,
  methods,
  optionsOf,
  showOption,
  type Option as TrainingOption,
  type OptionTable,
} from '@diffprune/training';
import type { Option } from 'commander';
import { flagFor } from './command-options.ts';
import { withFlags } from '../settings/settings.ts';
import { taskOptions } from '../tasks/task-options.ts';

/** The group of the help that options of all methods stand in. */
export const trainingGroup = 'Training:';

/** The group of the help for options that some of all methods or tasks have. */
export function groupOf(having: readonly string[], all: readonly string[] = methodNames): string {
  return having.length === all.length ? trainingGroup : `For ${having.join(', ')}:`;
}

/** The methods whose diffs have sparse tensors, which may be stored rounded. */
export const sparseMethods = methodNames.filter((method) => methods[method].sparse);

/** An option of one or several methods or tasks, as people are told of it. */
export interface DescribedOption {
  readonly name: string;
  readonly option: TrainingOption;
  /** The methods or tasks that have it. */
  readonly having: readonly string[];
  /** Its default, by method or task where they differ; undefined where it may be left out. */
  readonly shown: string | undefined;
}

/** The options of all methods, the common ones first, then those that most methods have. */
export function describedOptions(): DescribedOption[] {
  const described = describeTables(
    Object.fromEntries(methodNames.map((method) => [method, optionsOf(method)])),
  );
  const common = (name: string): number => Number(Object.hasOwn(commonOptions, name));
  return described.sort((a, b) => common(b.name) - common(a.name) || b.having.length - a.having.length);
}

/** The options of tables, by the name of the method or task whose they are. */
function describeTables(tables: Readonly<Record<string, OptionTable>>): DescribedOption[] {
  const names = new Set(Object.values(tables).flatMap(Object.keys));
  return [...names].map((name): DescribedOption => {
    const options = Object.entries(tables).flatMap(([owner, table]): [string, TrainingOption][] =>
      Object.hasOwn(table, name) ? [[owner, table[name]!]] : [],
    );
    const having = options.map(([owner]) => owner);
    return { name, having, option: options[0]![1], shown: shownDefaults(options) };
  });
}

/** The default that most have, then those of the others: `3; 6 for movement-pruning`. */
function shownDefaults(options: readonly (readonly [string, TrainingOption])[]): string | undefined {
  const having = new Map<string | undefined, string[]>();
  for (const [owner, option] of options) {
    const text = shownDefault(option);
    having.set(text, [...(having.get(text) ?? []), owner]);
  }
  const [[usual], ...others] = [...having].sort(([, a], [, b]) => b.length - a.length) as [
    [string | undefined, string[]],
    ...[string | undefined, string[]][],
  ];
  if (others.length === 0) return usual;
  return [usual ?? 'none', ...others.map(([text, by]) => `${text ?? 'none'} for ${by.join(', ')}`)].join(
    '; ',
  );
}

function shownDefault({ shown, default: usual }: TrainingOption): string | undefined {
  if (shown !== undefined) return withFlags(shown);
  return usual === undefined || typeof usual === 'function' ? undefined : showOption(usual);
}

/** The flags of all methods' options. */
export function trainingFlags(): Option[] {
  return describedOptions().map(({ name, option, having, shown }) => {
    return flagFor(groupOf(having), name, option, shown);
  });
}

/** The options of all tasks: how examples become rows, and outputs answers. */
export function describedTaskOptions(): DescribedOption[] {
  return describeTables(taskOptions);
}

/** The flags of all tasks' options. */
export function taskFlags(): Option[] {
  return describedTaskOptions().map(({ name, option, having, shown }) => {
    return flagFor(groupOf(having, Object.keys(taskOptions)), name, option, shown);
  });
}
